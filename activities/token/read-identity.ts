import type { Connector } from '../../src/connectors/connector.js'
import type { VerifyResult } from '../../src/contract/token-activities.js'
import { atPath } from '../../src/definition/at-path.js'
import type { Keeper } from '../keeper.js'
import { markAccount } from './account-mark.js'
import { parseObject } from './sealed-fields.js'

const MAX_SUBJECT = 500
const MAX_NAME = 200

/** Whose account it is, as the answer of the verify endpoint tells and the connector's `identity` says. */
export function readIdentity(
  keeper: Pick<Keeper, 'keyring'>,
  { identity }: Pick<Connector, 'identity'>,
  text: string,
  { connection, known }: { readonly connection: string; readonly known: readonly string[] },
): Pick<VerifyResult, 'account' | 'name'> {
  const members = identity === undefined ? undefined : parseObject(text)
  if (identity === undefined || members === undefined) return {}
  const answer = Object.fromEntries(members)
  const subject = toText(identity.subject && atPath(answer, identity.subject), MAX_SUBJECT)
  const name = toText(identity.name && atPath(answer, identity.name), MAX_NAME)
  const source = `verify:${identity.subject ?? ''}`
  return {
    ...(subject === undefined
      ? {}
      : { account: markAccount(keeper, { connection, source, subject, known }) }),
    ...(name === undefined ? {} : { name }),
  }
}

/** One line of text or a whole number; anything else names nobody. */
function toText(value: unknown, maxLength: number): string | undefined {
  const isWhole = Number.isSafeInteger(value) || typeof value === 'bigint'
  const text = isWhole ? String(value) : value
  if (typeof text !== 'string' || text.length === 0 || text.length > maxLength) return undefined
  return /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(text) ? undefined : text
}
