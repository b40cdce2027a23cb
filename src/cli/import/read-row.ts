import { CREDENTIAL_FIELD, type CredentialInput } from '../../client/credential-input.js'
import { type DetailsChange, readDetailsChange } from '../../contract/connection-details.js'
import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  parseConnection,
} from '../../contract/connection-ref.js'
import { isRecord, withoutUndefined } from '../../contract/plain-data.js'

/** A connection that is to be made, as one line of the import says it. */
export interface ImportRow {
  readonly ref: ConnectionRef
  readonly credential: CredentialInput
  readonly details: DetailsChange
  readonly allowOtherAccount?: true | undefined
}

export type ReadRow =
  | { readonly outcome: 'read'; readonly row: ImportRow }
  | { readonly outcome: 'refused'; readonly reason: string }

const MEMBERS = [
  'connection',
  'credential',
  'tags',
  'owner',
  'description',
  'metadata',
  'allowOtherAccount',
] as const
const MAX_LINE = 256 * 1024

/** Reads a line. A reason never repeats what stands in it: it may be a secret in the wrong place. */
export function readRow(text: string): ReadRow {
  if (text.length > MAX_LINE) return refused('it has more than 256 KiB')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refused('it is no JSON; each line is an object of its own')
  }
  if (!isRecord(value)) return refused('it is no object, as {"connection":"shop/acme", …}')
  const stranger = Object.keys(value).some((name) => !MEMBERS.some((one) => one === name))
  if (stranger) return refused(`it has a member that is not known; there are ${MEMBERS.join(', ')}`)
  const { connection, credential, allowOtherAccount, ...said } = value
  const ref = parseConnection(connection)
  if (ref === undefined)
    return refused(
      `its connection is none: the connector's name has ${CONNECTOR_RULE}; the account's ${ACCOUNT_RULE}`,
    )
  const problem = problemOfCredential(credential)
  if (problem !== undefined) return refused(problem)
  if (allowOtherAccount !== undefined && allowOtherAccount !== true)
    return refused('allowOtherAccount is true, or is left out')
  const details = readDetailsChange(withoutNulls(said))
  if (details.outcome === 'unreadable') return refused(details.reason)
  return {
    outcome: 'read',
    row: {
      ref,
      credential: withoutUndefined(credential as Record<string, string>),
      details: details.change,
      allowOtherAccount,
    },
  }
}

function refused(reason: string): ReadRow {
  return { outcome: 'refused', reason }
}

/** A table has empty columns; to remove something is not what an import is for. */
function withoutNulls(said: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null))
}

function problemOfCredential(credential: unknown): string | undefined {
  if (!isRecord(credential))
    return 'its credential is no object of fields, as {"refreshToken":"…"}; {} where the connector has all that it needs'
  for (const [name, value] of Object.entries(credential)) {
    if (!CREDENTIAL_FIELD.test(name)) return 'a field of its credential has no proper name'
    if (typeof value !== 'string') return 'a field of its credential is no text'
    if (value === '' && name !== 'password') return 'a field of its credential is empty'
  }
  return undefined
}
