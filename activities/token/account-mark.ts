import type { AccountMark, VerifyResult } from '../../src/contract/token-activities.js'
import { Secret } from '../../src/sealing/secret.js'
import type { Connector } from '../../src/connectors/connector.js'
import { atPath } from '../../src/definition/at-path.js'
import type { Keeper } from '../keeper/keeper.js'
import { parseObject } from '../connection/sealed-fields.js'

export interface AccountToMark {
  readonly connection: string
  /** Where the subject is from: `token`, or `verify:` and the path. Others are not compared. */
  readonly source: string
  readonly subject: string
  /** Marks of the account before. */
  readonly known: readonly string[]
}

/**
 * Marks whose account a token is of, and compares with the account before: by the key that the mark
 * of before was made with, so that a new key makes no other account.
 */
export function markAccount(
  { keyring }: Pick<Keeper, 'keyring'>,
  { connection, source, subject, known }: AccountToMark,
): AccountMark {
  const text = new Secret(JSON.stringify(['tokenkeeper subject', connection, source, subject]))
  const mark = formatMark(source, keyring.keyId, keyring.fingerprint(text))
  const before = known.map(readMark).find((one) => one?.source === source)
  const again = before && keyring.fingerprintWith(before.keyId, text)
  return again === undefined ? { mark } : { mark, same: again === before?.fingerprint }
}

function formatMark(source: string, keyId: string, fingerprint: string): string {
  return `${source} ${keyId} ${fingerprint}`
}

function readMark(mark: string) {
  const [, source, keyId = '', fingerprint] =
    /^(\S+) ([0-9a-f]{16}) ([0-9a-f]{16})$/.exec(mark) ?? []
  return source === undefined ? undefined : { source, keyId, fingerprint }
}

const MAX_SUBJECT = 500
const MAX_IDENTITY = 200

/** Whose account it is: read from the answer of the verify endpoint, by the connector's `identity`. */
export function readIdentity(
  keeper: Pick<Keeper, 'keyring'>,
  { identity }: Pick<Connector, 'identity'>,
  text: string,
  { connection, known }: { readonly connection: string; readonly known: readonly string[] },
): Pick<VerifyResult, 'account' | 'name'> {
  const members = identity === undefined ? undefined : parseObject(text)
  if (identity === undefined || members === undefined) return {}
  const answer = Object.fromEntries(members)
  const subject = identityText(identity.subject && atPath(answer, identity.subject), MAX_SUBJECT)
  const name = identityText(identity.name && atPath(answer, identity.name), MAX_IDENTITY)
  const source = `verify:${identity.subject ?? ''}`
  const account =
    subject === undefined ? undefined : markAccount(keeper, { connection, source, subject, known })
  return { account, name }
}

/** One line of text or a whole number; anything else does not name an account. */
function identityText(value: unknown, maxLength: number): string | undefined {
  const isWhole = Number.isSafeInteger(value) || typeof value === 'bigint'
  const text = isWhole ? String(value) : value
  if (typeof text !== 'string' || text.length === 0 || text.length > maxLength) return undefined
  return /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(text) ? undefined : text
}
