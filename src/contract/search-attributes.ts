import { defineSearchAttributeKey } from '@temporalio/common'

/** The search attributes of tokenkeeper and their types: one line each. */
export const SEARCH_ATTRIBUTES = {
  TokenkeeperConnector: 'KEYWORD',
  TokenkeeperStatus: 'KEYWORD',
  TokenkeeperWaitingFor: 'KEYWORD',
  TokenkeeperReplayOf: 'KEYWORD',
  TokenkeeperFailure: 'KEYWORD',
  TokenkeeperExpiresAt: 'DATETIME',
  TokenkeeperTags: 'KEYWORD_LIST',
} as const

/** SQL visibility keeps no longer Keyword. */
export const MAX_KEYWORD = 255

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES

/** What a value of a search attribute is read and written with. */
export function searchAttributeKey<Name extends SearchAttributeName>(
  name: Name,
): ReturnType<typeof defineSearchAttributeKey<(typeof SEARCH_ATTRIBUTES)[Name]>> {
  return defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name])
}
