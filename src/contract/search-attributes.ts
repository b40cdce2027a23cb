import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common'
import { parseConnection } from './connection-ref.js'
import type { SyncInput } from './sync.js'

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

/** Search attributes that a workflow is started with. */
export type GivenAttributes = readonly SearchAttributePair[]

/** By which people find a sync, from its start on. */
export function syncAttributes({
  from,
  replayOf,
}: Pick<SyncInput, 'from' | 'replayOf'>): GivenAttributes {
  const connector = parseConnection(from.connection)?.connector
  const link = replayOf === undefined ? undefined : `${replayOf.workflowId}/${replayOf.runId}`
  return [
    connector === undefined
      ? undefined
      : { key: searchAttributeKey('TokenkeeperConnector'), value: connector },
    link === undefined || link.length > MAX_KEYWORD
      ? undefined
      : { key: searchAttributeKey('TokenkeeperReplayOf'), value: link },
  ].filter((one) => one !== undefined)
}

/** Those that a namespace has, as a keeper worker knows. */
export function onlyRegistered(
  attributes: GivenAttributes,
  registered: readonly string[],
): GivenAttributes {
  return attributes.filter(({ key }) => registered.includes(key.name))
}

const INVALID_ARGUMENT = 3

/**
 * Starts a workflow with search attributes, and without them where the server refuses that: it does so for a namespace
 * that lacks one of them, or has it with another type, and then starts nothing. Nobody has to be allowed to list them.
 */
export async function startWithAttributes<T>(
  attributes: GivenAttributes,
  start: (attributes: GivenAttributes) => Promise<T>,
): Promise<T> {
  try {
    return await start(attributes)
  } catch (error) {
    const { code } = ((error as Error).cause ?? error) as { readonly code?: unknown }
    if (code !== INVALID_ARGUMENT || attributes.length === 0) throw error
    return await start([])
  }
}

/** What a value of a search attribute is read and written with. */
export function searchAttributeKey<Name extends SearchAttributeName>(
  name: Name,
): ReturnType<typeof defineSearchAttributeKey<(typeof SEARCH_ATTRIBUTES)[Name]>> {
  return defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name])
}
