import type { Passed } from './messages.js'

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

interface FailureRow {
  /** Whether the same attempt may be repeated as it is. */
  readonly retryable: boolean
  readonly category: FailureCategory
  /** What a person does about it, as docs/errors.md says. */
  readonly whatToDo: string
}

/**
 * The closed table of failures. The code is the `type` of the `ApplicationFailure` that crosses the
 * activity boundary.
 */
export const FAILURES = {
  /** The upstream refused the credential of `details.generation`; the flow asks for a newer one. */
  CredentialRejected: {
    retryable: false,
    category: 'auth',
    whatToDo: 'nothing; a wrong one becomes FreshTokenRejected or the state rejected',
  },
  /** One request is refused time and again while the credential is good: not an expiry. */
  FreshTokenRejected: {
    retryable: false,
    category: 'auth',
    whatToDo: 'give the right credential (rotate), or mend scope, audience or URL',
  },
  InsufficientScope: {
    retryable: false,
    category: 'auth',
    whatToDo: 'authorise again with the scope',
  },
  UpstreamRejected: {
    retryable: false,
    category: 'data',
    whatToDo: 'mend the input; start or replay again',
  },
  /** 5xx or network. */
  UpstreamUnavailable: {
    retryable: true,
    category: 'upstream',
    whatToDo: 'nothing',
  },
  /** 429 or a limit header; the wait is told in `details.waitMs`. */
  RateLimited: {
    retryable: true,
    category: 'limit',
    whatToDo: 'nothing; for a connect that gave up: repeat it later',
  },
  /** A write without idempotency key whose outcome is unknown; never repeated behind the user's back. */
  AmbiguousWrite: {
    retryable: false,
    category: 'upstream',
    whatToDo: 'look at the upstream, then decide',
  },
  AnswerTooLarge: {
    retryable: false,
    category: 'data',
    whatToDo: 'ask for less, or raise maxBytes',
  },
  AnswerUnreadable: {
    retryable: false,
    category: 'upstream',
    whatToDo: 'look at the URL',
  },
  AnswerInvalid: {
    retryable: false,
    category: 'data',
    whatToDo: 'mend the schema',
  },
  ItemsMissing: {
    retryable: false,
    category: 'data',
    whatToDo: 'mend items',
  },
  /** A record that can't go through (schema, transform, refused by the sink), of a sync that stops there. */
  BadRecord: {
    retryable: false,
    category: 'data',
    whatToDo: 'mend it at the source and replay, or set such records aside',
  },
  ForeignOrigin: {
    retryable: false,
    category: 'definition',
    whatToDo: 'add the origin, or mend the URL',
  },
  /** The source's endpoint is defined otherwise than when the checkpoint was written. */
  CheckpointOutdated: {
    retryable: false,
    category: 'definition',
    whatToDo: 'replay from the start, or bring the old definition back',
  },
  /** The source no longer accepts the cursor of the checkpoint. */
  CursorRefused: {
    retryable: false,
    category: 'data',
    whatToDo: 'replay from the start',
  },
  /** A host whose address is private, loopback, link-local ...: nothing was sent. */
  AddressRefused: {
    retryable: false,
    category: 'definition',
    whatToDo: 'allow it, or mend the host',
  },
  UnknownConnector: {
    retryable: false,
    category: 'definition',
    whatToDo: 'define it on the keeper worker',
  },
  UnknownEndpoint: {
    retryable: false,
    category: 'definition',
    whatToDo: 'mend the name',
  },
  InvalidConnection: {
    retryable: false,
    category: 'definition',
    whatToDo: 'mend the name; connect again with the value',
  },
  InvalidInput: {
    retryable: false,
    category: 'definition',
    whatToDo: 'mend the input',
  },
  /** A function of the user's own kind of authentication threw; its words are not repeated. */
  CustomAuthFailed: {
    retryable: true,
    category: 'auth',
    whatToDo: "look at the worker's log and the function",
  },
  /** A function of the user's own that is a sink threw; its words are not repeated. */
  SinkFailed: {
    retryable: true,
    category: 'upstream',
    whatToDo: 'look into what it writes to; log in the function what you want to see',
  },
  /** A transform or sink of a name that the keeper worker lacks. */
  UnknownFunction: {
    retryable: false,
    category: 'definition',
    whatToDo: 'give it to every keeper worker, or mend the name',
  },
  InvalidDefinition: {
    retryable: false,
    category: 'definition',
    whatToDo: 'mend the definition',
  },
  /** The connection was not usable within `maxWait`. */
  ConnectionNotUsable: {
    retryable: false,
    category: 'auth',
    whatToDo: 'as its state says; without maxWait a flow waits and goes on by itself',
  },
  ConnectionRevoked: {
    retryable: false,
    category: 'auth',
    whatToDo: 'connect anew',
  },
  /** This worker holds no key at all. */
  NoKeyHere: {
    retryable: false,
    category: 'auth',
    whatToDo: 'as the message says',
  },
  /** A sealed value needs a key that this worker lacks; another worker, or this one after mending, may have it. */
  KeyMissing: {
    retryable: true,
    category: 'auth',
    whatToDo: 'give the worker the key; status tells the keys in use (sealed with)',
  },
  /** A sealed value that no key opens for this connection and purpose. */
  SealInvalid: {
    retryable: false,
    category: 'auth',
    whatToDo: 'seal it again',
  },
  ReferenceRefused: {
    retryable: false,
    category: 'auth',
    whatToDo: 'name another one',
  },
  SecretUnresolved: {
    retryable: true,
    category: 'auth',
    whatToDo: 'set it',
  },
  /** What nobody has foreseen: a defect, with where it was. */
  Internal: {
    retryable: false,
    category: 'data',
    whatToDo: 'report it with its message, then replay what failed',
  },
} as const satisfies Readonly<Record<string, FailureRow>>

export type FailureCode = keyof typeof FAILURES

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(FAILURES, value)
}

export function isFailureCategory(value: unknown): value is FailureCategory {
  return FAILURE_CATEGORIES.some((category) => category === value)
}

/** The codes of some categories. */
export function codesOf(categories: readonly FailureCategory[]): readonly FailureCode[] {
  const codes = Object.keys(FAILURES) as FailureCode[]
  return codes.filter((code) => categories.includes(FAILURES[code].category))
}

/** What the details of every failure carry: plain data, never a body, header, URL query or token. */
export interface FailureDetails {
  readonly code: FailureCode
  /** `shopify/acme`, where a connection is concerned. */
  readonly connection?: string | undefined
  readonly endpoint?: string | undefined
  readonly generation?: number | undefined
  /** Of the token workflow that counted a generation which was refused. */
  readonly firstExecutionRunId?: string | undefined
  readonly status?: number | undefined
  readonly waitMs?: number | undefined
  readonly keyId?: string | undefined
  /** Id of the record that can't go through, at most 100 characters; `page 3, record 7` where it has none. */
  readonly record?: string | undefined
  readonly page?: number | undefined
  /** Why it can't, in words of ours: never a value of the record. */
  readonly reason?: string | undefined
  /** How many requests of this activity execution the upstream had accepted with this generation. */
  readonly accepted?: number | undefined
  /** The last request of any flow that passed on this worker. */
  readonly passed?: Passed | undefined
  /** For a refused request whose time is signed: the upstream's clock minus the worker's, where they differ. */
  readonly clockOffMs?: number | undefined
  /** Nothing was sent: the definition has another kind of authentication than the lease, or the key `keyId` is missing. */
  readonly outdated?: boolean | undefined
}
