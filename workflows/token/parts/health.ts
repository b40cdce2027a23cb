import type { ReauthReason, TokenStatus } from '../../../src/contract/token-status.js'

export type HealthKind = Exclude<TokenStatus, 'paused'>

/** What failed token requests mean for a connection whose token still lives. */
export type Verdict =
  | { readonly kind: 'needs_reauth'; readonly reason: ReauthReason; readonly code: string }
  | { readonly kind: 'misconfigured'; readonly code: string }

/** How a connection is, since when, and whether its operator has paused it. */
export type Health = { readonly sinceMs: number; readonly paused: boolean } & (
  | { readonly kind: 'pending' | 'active' | 'revoked' }
  | {
      readonly kind: 'degraded' | 'misconfigured' | 'rejected'
      /** The verdict that takes effect when the token ends; until then the token is served. */
      readonly afterExpiry?: Verdict | undefined
    }
  | { readonly kind: 'needs_reauth'; readonly reason: ReauthReason }
)

interface Targets extends Record<HealthKind, object> {
  readonly pending: { readonly kind: 'pending' }
  readonly active: { readonly kind: 'active' }
  readonly degraded: { readonly kind: 'degraded' }
  readonly needs_reauth: { readonly kind: 'needs_reauth'; readonly reason: ReauthReason }
  readonly misconfigured: { readonly kind: 'misconfigured' }
  readonly rejected: { readonly kind: 'rejected' }
  readonly revoked: { readonly kind: 'revoked' }
}

/** Another health to move to. */
export type Target = Targets[HealthKind]

interface Transition {
  readonly who: string
  readonly from: readonly HealthKind[]
  readonly to: readonly HealthKind[]
}

/**
 * What moves a connection from one health to another. Nothing else does: what stands in no row leaves
 * the health as it is. `docs/architecture.md` draws this table.
 */
export const TRANSITIONS = {
  'credential taken in': {
    who: 'an operator, or a person in a browser, gives a credential that works',
    from: ['pending', 'active', 'degraded', 'needs_reauth', 'misconfigured', 'rejected', 'revoked'],
    to: ['active'],
  },
  refreshed: {
    who: 'the provider answers with a token',
    from: ['degraded', 'needs_reauth', 'misconfigured', 'rejected'],
    to: ['active'],
  },
  'refreshed in doubt': {
    who: 'the provider answers with a token, after the upstream has refused one that was new as well',
    from: ['active', 'needs_reauth', 'misconfigured', 'rejected'],
    to: ['degraded'],
  },
  'lifetime too short': {
    who: 'the provider answers with a token of less than a second',
    from: ['active', 'rejected'],
    to: ['degraded'],
  },
  'request failed': {
    who: 'a token request fails, for whatever reason',
    from: ['active'],
    to: ['degraded'],
  },
  'token ended': {
    who: 'time, or an upstream that refuses the token: a verdict on the grant or the definition takes effect',
    from: ['degraded', 'misconfigured', 'rejected'],
    to: ['needs_reauth', 'misconfigured'],
  },
  'refused again': {
    who: 'the upstream refuses a token that is new, and the connection is looked at',
    from: ['active'],
    to: ['degraded'],
  },
  'refused for good': {
    who: 'the upstream, or the verify endpoint, refuses the credential time and again',
    from: ['active', 'degraded', 'misconfigured'],
    to: ['rejected'],
  },
  'accepted again': {
    who: 'the verify endpoint accepts the credential',
    from: ['degraded', 'rejected'],
    to: ['active'],
  },
  released: {
    who: 'time: flows go on with the credential, and tell what comes of it',
    from: ['degraded', 'rejected'],
    to: ['active', 'degraded'],
  },
  'refused no more': {
    who: 'time: nobody has been refused for half a minute',
    from: ['degraded'],
    to: ['active'],
  },
  'looked at by hand': {
    who: 'an operator asks for a refresh of a credential that has none',
    from: ['rejected'],
    to: ['active'],
  },
  'rolled back': {
    who: 'a reset, or a flow that has seen a later token: the grant must not be used again',
    from: ['pending', 'active', 'degraded', 'needs_reauth', 'misconfigured', 'rejected', 'revoked'],
    to: ['needs_reauth'],
  },
  revoked: {
    who: 'an operator revokes the connection',
    from: ['pending', 'active', 'degraded', 'needs_reauth', 'misconfigured', 'rejected'],
    to: ['revoked'],
  },
} as const satisfies Record<string, Transition>

export type TransitionName = keyof typeof TRANSITIONS
/** What a transition may lead to. */
export type TargetOf<By extends TransitionName> = Targets[(typeof TRANSITIONS)[By]['to'][number]]

export function startHealth(nowMs: number): Health {
  return { kind: 'pending', sinceMs: nowMs, paused: false }
}

/** Where a transition leads; the same object where it leads nowhere. */
export function move(health: Health, by: TransitionName, to: Target, nowMs: number): Health {
  if (health.kind === to.kind && reasonOf(health) === reasonOf(to)) return health
  const row: Transition = TRANSITIONS[by]
  if (!row.from.includes(health.kind) || !row.to.includes(to.kind)) return health
  const base = { sinceMs: nowMs, paused: health.paused }
  switch (to.kind) {
    case 'needs_reauth':
      return { ...base, kind: to.kind, reason: to.reason }
    case 'degraded':
    case 'misconfigured':
    case 'rejected':
      return { ...base, kind: to.kind, afterExpiry: verdictOf(health) }
    case 'pending':
    case 'active':
    case 'revoked':
      return { ...base, kind: to.kind }
    default: {
      const impossible: never = to
      throw new TypeError(`unknown health ${JSON.stringify(impossible)}`)
    }
  }
}

/** The verdict that waits for the token to end. */
export function verdictOf(health: Health): Verdict | undefined {
  return 'afterExpiry' in health ? health.afterExpiry : undefined
}

/** Keeps a verdict until the token ends, where the health leaves room for one; undefined: there is none any more. */
export function withVerdict(health: Health, afterExpiry: Verdict | undefined): Health {
  switch (health.kind) {
    case 'degraded':
    case 'misconfigured':
    case 'rejected':
      return { ...health, afterExpiry }
    default:
      return health
  }
}

export function withPause(health: Health, paused: boolean): Health {
  return { ...health, paused }
}

/** `paused` hides all but `revoked`: it is what the operator has to undo first. */
export function statusOf(health: Health): TokenStatus {
  return health.paused && health.kind !== 'revoked' ? 'paused' : health.kind
}

export function reasonOf(health: Health | Target): ReauthReason | undefined {
  return health.kind === 'needs_reauth' ? health.reason : undefined
}

/** Whether flows are served: the health of a connection that works, if not well. */
export function isUsable({ kind }: Health): boolean {
  return kind === 'active' || kind === 'degraded'
}
