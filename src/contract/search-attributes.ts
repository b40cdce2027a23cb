/** The search attributes of tokenkeeper and their types. */
export const SEARCH_ATTRIBUTES = {
  TokenkeeperConnector: 'KEYWORD',
  TokenkeeperStatus: 'KEYWORD',
  TokenkeeperWaitingFor: 'KEYWORD',
  TokenkeeperReplayOf: 'KEYWORD',
  TokenkeeperFailure: 'KEYWORD',
  TokenkeeperExpiresAt: 'DATETIME',
} as const

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES
