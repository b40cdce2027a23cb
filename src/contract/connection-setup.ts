import type { ConnectionStatus } from './token-status.js'

/** What a token workflow knows of its keeper: with which definition it works, whose sealing keys it needs, and whether notices are sent. */
export type ConnectionSetup = Pick<ConnectionStatus, 'definition' | 'keyIds' | 'notices'>

const DEFINITION_PREFIX = 'definition:'
const KEY = 'key:'
const NOTICES = 'notices'

/**
 * The values of `TokenkeeperSetup`, so that a keeper that starts sees in the list of connections who has to be told
 * of a changed definition or a missing key, and asks nobody else.
 */
export function toSetupValues({
  definition,
  keyIds = [],
  notices,
}: ConnectionSetup): readonly string[] {
  const values = definition === undefined ? [] : [`${DEFINITION_PREFIX}${definition}`]
  if (notices === true) values.push(NOTICES)
  return [...values, ...keyIds.map((id) => `${KEY}${id}`)]
}

/** undefined: the connection has no such attribute, so it has to be asked. */
export function readSetupValues(
  values: readonly string[] | undefined,
): ConnectionSetup | undefined {
  const after = (start: string): readonly string[] =>
    (values ?? []).filter((one) => one.startsWith(start)).map((one) => one.slice(start.length))
  const [definition] = after(DEFINITION_PREFIX)
  if (definition === undefined) return undefined
  return {
    definition,
    keyIds: after(KEY),
    notices: values?.includes(NOTICES) === true || undefined,
  }
}
