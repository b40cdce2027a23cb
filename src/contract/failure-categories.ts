import type { FailureCode } from './failures.js'

/** Why a sync ended, coarse enough to choose by: `npx tokenkeeper replay --failure auth`. */
export const FAILURE_CATEGORIES = [
  'auth',
  'limit',
  'upstream',
  'data',
  'definition',
  'timeout',
  'terminated',
  'cancelled',
] as const

export type FailureCategory = (typeof FAILURE_CATEGORIES)[number]

/** What every code of the closed table is; runs without a failure are judged by how they ended. */
const CATEGORY_OF: Readonly<Record<FailureCode, FailureCategory>> = {
  CredentialRejected: 'auth',
  FreshTokenRejected: 'auth',
  InsufficientScope: 'auth',
  UpstreamRejected: 'data',
  UpstreamUnavailable: 'upstream',
  RateLimited: 'limit',
  AmbiguousWrite: 'upstream',
  AnswerTooLarge: 'data',
  AnswerUnreadable: 'upstream',
  AnswerInvalid: 'data',
  ItemsMissing: 'data',
  BadRecord: 'data',
  ForeignOrigin: 'definition',
  CheckpointOutdated: 'definition',
  CursorRefused: 'data',
  AddressRefused: 'definition',
  UnknownConnector: 'definition',
  UnknownEndpoint: 'definition',
  InvalidConnection: 'definition',
  InvalidInput: 'definition',
  CustomAuthFailed: 'auth',
  SinkFailed: 'upstream',
  UnknownFunction: 'definition',
  InvalidDefinition: 'definition',
  ConnectionNotUsable: 'auth',
  ConnectionRevoked: 'auth',
  NoKeyHere: 'auth',
  KeyMissing: 'auth',
  SealInvalid: 'auth',
  ReferenceRefused: 'auth',
  SecretUnresolved: 'auth',
  Internal: 'data',
}

export function isFailureCategory(value: unknown): value is FailureCategory {
  return FAILURE_CATEGORIES.some((category) => category === value)
}

export function failureCategory(code: FailureCode): FailureCategory {
  return CATEGORY_OF[code]
}

/** The codes of some categories. */
export function codesOf(categories: readonly FailureCategory[]): readonly FailureCode[] {
  const codes = Object.keys(CATEGORY_OF) as FailureCode[]
  return codes.filter((code) => categories.includes(CATEGORY_OF[code]))
}
