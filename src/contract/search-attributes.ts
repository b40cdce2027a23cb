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
  TokenkeeperSetup: 'KEYWORD_LIST',
} as const

/** SQL visibility keeps no longer Keyword. */
export const MAX_KEYWORD = 255

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES

/** Temporal's numbers of the types (`IndexedValueType`): @temporalio/proto is not among the packages that users install. */
export const SEARCH_ATTRIBUTE_TYPES = { KEYWORD: 2, DATETIME: 6, KEYWORD_LIST: 7 } as const

/**
 * Whether a namespace that lists the attribute with this type number has it as tokenkeeper writes it: an upsert
 * of another type fails the workflow task, again and again.
 */
export function isSearchAttribute(
  name: string,
  type: number | undefined,
): name is SearchAttributeName {
  const wanted = Object.entries(SEARCH_ATTRIBUTES).find(([one]) => one === name)?.[1]
  return wanted !== undefined && SEARCH_ATTRIBUTE_TYPES[wanted] === type
}

/** What a value of a search attribute is read and written with. */
export function searchAttributeKey<Name extends SearchAttributeName>(
  name: Name,
): ReturnType<typeof defineSearchAttributeKey<(typeof SEARCH_ATTRIBUTES)[Name]>> {
  return defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name])
}
