import type { Passed } from './messages.js'
/**
 * The closed table of failures: `code -> may the same attempt be repeated as it is`. The code is the
 * `type` of the `ApplicationFailure` that crosses the activity boundary.
 */
export const FAILURES = {
  /** The upstream refused the credential of `details.generation`; the flow asks for a newer one. */
  CredentialRejected: { retryable: false },
  /** One request is refused time and again while the credential is good: not an expiry. */
  FreshTokenRejected: { retryable: false },
  InsufficientScope: { retryable: false },
  UpstreamRejected: { retryable: false },
  /** 5xx or network. */
  UpstreamUnavailable: { retryable: true },
  /** 429 or a limit header; the wait is told in `details.waitMs`. */
  RateLimited: { retryable: true },
  /** A write without idempotency key whose outcome is unknown; never repeated behind the user's back. */
  AmbiguousWrite: { retryable: false },
  AnswerTooLarge: { retryable: false },
  AnswerUnreadable: { retryable: false },
  AnswerInvalid: { retryable: false },
  ItemsMissing: { retryable: false },
  /** A record that can't go through (schema, transform, refused by the sink), of a sync that stops there. */
  BadRecord: { retryable: false },
  ForeignOrigin: { retryable: false },
  /** The source's endpoint is defined otherwise than when the checkpoint was written. */
  CheckpointOutdated: { retryable: false },
  /** The source does not take the checkpoint's place any more. */
  CursorRefused: { retryable: false },
  /** A host whose address is private, loopback, link-local ...: nothing was sent. */
  AddressRefused: { retryable: false },
  UnknownConnector: { retryable: false },
  UnknownEndpoint: { retryable: false },
  InvalidConnection: { retryable: false },
  InvalidInput: { retryable: false },
  /** A function of the user's own kind of authentication threw; its words are not repeated. */
  CustomAuthFailed: { retryable: true },
  /** A function of the user's own that is a sink threw; its words are not repeated. */
  SinkFailed: { retryable: true },
  /** A transform or sink of a name that the keeper worker lacks. */
  UnknownFunction: { retryable: false },
  InvalidDefinition: { retryable: false },
  /** The connection was not usable within `maxWait`. */
  ConnectionNotUsable: { retryable: false },
  ConnectionRevoked: { retryable: false },
  /** This worker holds no key at all. */
  NoKeyHere: { retryable: false },
  /** A sealed value needs a key that this worker lacks; another worker, or this one after mending, may have it. */
  KeyMissing: { retryable: true },
  /** A sealed value that no key opens for this connection and purpose. */
  SealInvalid: { retryable: false },
  ReferenceRefused: { retryable: false },
  SecretUnresolved: { retryable: true },
  /** What nobody has foreseen: a defect, with where it was. */
  Internal: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>

export type FailureCode = keyof typeof FAILURES

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(FAILURES, value)
}

/** What the details of every failure carry: plain data, never a body, header, URL query or token. */
export interface FailureDetails {
  readonly code: FailureCode
  /** `shopify/acme`, where a connection is concerned. */
  readonly connection?: string
  readonly endpoint?: string
  readonly generation?: number
  readonly status?: number
  readonly waitMs?: number
  readonly keyId?: string
  /** Id of the record that can't go through, at most 100 characters; `page 3, record 7` where it has none. */
  readonly record?: string
  readonly page?: number
  /** Why it can't, in words of ours: never a value of the record. */
  readonly reason?: string
  /** How many requests of this activity execution the upstream had accepted with this generation. */
  readonly accepted?: number
  /** The last request of any flow that passed on this worker. */
  readonly passed?: Passed
  /** Of a refused request whose time is signed: the upstream's clock minus the worker's, where they differ. */
  readonly clockOffMs?: number
  /** Nothing was sent: the definition has another kind of authentication than the lease, or the key `keyId` is missing. */
  readonly outdated?: boolean
}
