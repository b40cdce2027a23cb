import type { AccountMark } from '../../src/contract/token-activities.js'
import { Secret } from '../../src/sealing/secret.js'
import type { Keeper } from '../keeper.js'

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
