import { createHmac, randomBytes } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { SecretFields } from '../../src/auth/kind/auth-kind.js'
import { failureCode } from '../../src/contract/failure.js'
import { type Sealed, sealedKeyId } from '../../src/contract/sealed.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import { fieldsText } from '../connection/sealed-fields.js'

type MarkKeyring = Pick<Keyring, 'open' | 'seal' | 'keyId'>

export interface CredentialMark {
  readonly mark: string
  readonly markKey?: Sealed | undefined
  readonly marksAnew?: true | undefined
}

/** So many executions of an activity look for a worker that has the key of the marks. */
const LOOKS_FOR_MARK_KEY = 2

/**
 * Marks a credential, so that it is recognised when it is given again. The key is the connection's own and is kept
 * sealed: it outlives the sealing keys, and nobody without one can guess a short secret from its mark.
 * @throws ApplicationFailure `KeyMissing` where another worker may have the key
 */
export async function markCredential(
  keyring: MarkKeyring,
  {
    connection,
    markKey: known,
  }: { readonly connection: string; readonly markKey?: Sealed | undefined },
  { kind, fields }: { readonly kind: string; readonly fields: SecretFields },
): Promise<CredentialMark> {
  const opened = known === undefined ? undefined : await openMarkKey(keyring, known, connection)
  const key = opened ?? new Secret(randomBytes(32).toString('base64url'))
  const text = JSON.stringify([
    'tokenkeeper credential',
    connection,
    kind,
    fieldsText(fields).reveal(),
  ])
  const mark = createHmac('sha256', key.reveal()).update(text).digest('base64url')
  const isNewest = known !== undefined && sealedKeyId(known) === keyring.keyId
  if (opened !== undefined && isNewest) return { mark }
  const markKey = await keyring.seal(key, { connection, purpose: 'mark-key' })
  return { mark, markKey, marksAnew: opened === undefined ? true : undefined }
}

/**
 * The mark key sealed with the newest key, where it is not yet. Undefined where nothing is to be done,
 * and where it does not open: a token that has come must not be lost for it.
 */
export async function sealMarkKeyAnew(
  keyring: MarkKeyring,
  markKey: Sealed | undefined,
  connection: string,
): Promise<Sealed | undefined> {
  if (markKey === undefined || sealedKeyId(markKey) === keyring.keyId) return undefined
  try {
    const key = await keyring.open(markKey, { connection, purpose: 'mark-key' })
    return await keyring.seal(key, { connection, purpose: 'mark-key' })
  } catch {
    return undefined
  }
}

/** Undefined where it can't be had any more: the marks that it made say nothing. */
async function openMarkKey(
  keyring: MarkKeyring,
  markKey: Sealed,
  connection: string,
): Promise<Secret | undefined> {
  try {
    return await keyring.open(markKey, { connection, purpose: 'mark-key' })
  } catch (error) {
    const code = failureCode(error)
    const { attempt } = Context.current().info
    if (code === 'SealInvalid' || (code === 'KeyMissing' && attempt > LOOKS_FOR_MARK_KEY))
      return undefined
    throw error
  }
}
