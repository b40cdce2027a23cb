import type { MintContext, MintOutcome, SecretFields } from '../../src/auth/kind/auth-kind.js'
import type { Exchange } from '../../src/auth/kind/exchange.js'
import { unpackAnswer } from '../../src/auth/kind/kept-answer.js'
import type { MintInput } from '../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import type { Sealed } from '../../src/contract/sealed.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { decodeReceived } from '../network/decode-body.js'
import type { Keeper } from '../keeper/keeper.js'

const MAX_KEPT_BYTES = 1_048_576

/** The outcome where nothing but kept answers was to be read, and none could be. */
export const NOTHING_READ: MintOutcome = {
  outcome: 'refused',
  class: 'invalid_grant',
  code: 'kept_unread',
  message:
    'the answer that was kept can not be read with this definition either; nothing was sent. Mend the answer rules of the connector, or authorise the connection again.',
}

/**
 * A token from an answer that an earlier try could not read; undefined where none can be read now.
 * @param mint of a kind that reads what is kept, and sends nothing then
 */
export async function mintFromKept(
  { keyring, now }: Pick<Keeper, 'keyring' | 'now'>,
  mint: (context: MintContext) => Promise<MintOutcome>,
  context: MintContext,
  { connection, kept = [] }: MintInput,
): Promise<{ readonly outcome: MintOutcome; readonly ageMs: number } | undefined> {
  for (const sealed of kept) {
    const answer = await openAnswer(keyring, sealed, connection)
    if (answer === undefined) continue
    const read = await mint({ ...context, kept: answer })
    if (read.outcome === 'refused' || read.unread !== undefined) continue
    const ageMs = Math.max(0, Math.round(now() - answer.sentAtMs))
    return { outcome: { ...read, sentAtMs: now(), answeredAtMs: now() }, ageMs }
  }
  return undefined
}

/** One that does not open is passed over: another may, and the grant is still there. */
async function openAnswer(
  keyring: Pick<Keyring, 'open'>,
  sealed: Sealed,
  connection: string,
): Promise<Exchange | undefined> {
  const opened = await keyring
    .open(sealed, { connection, purpose: 'answer' })
    .catch(() => undefined)
  const answer = opened && unpackAnswer(opened)
  if (answer === undefined) return undefined
  const read = await decodeReceived(answer.received, answer.headers, MAX_KEPT_BYTES)
  return 'text' in read ? { ...answer, text: read.text } : undefined
}

/** Seals what a token request brought and nobody could read, where the grant may be used up by it. */
export async function sealUnread(
  { keyring }: Pick<Keeper, 'keyring'>,
  { connection }: Pick<MintInput, 'connection'>,
  { consumesGrant }: ConnectorFacts,
  fields: SecretFields,
  { unread }: MintOutcome,
): Promise<Sealed | undefined> {
  const consumed = consumesGrant || fields['code'] !== undefined
  if (unread === undefined || !consumed) return undefined
  return await keyring.seal(unread, { connection, purpose: 'answer' })
}
