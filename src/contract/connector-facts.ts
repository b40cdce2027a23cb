import type { AuthKindName } from './credential.js'

export const REFRESH_MODES = [
  'used',
  'always',
  'on-demand',
] as const satisfies readonly RefreshPolicy['mode'][]

/** When to refresh, as the connector says. All durations in milliseconds. */
export interface RefreshPolicy {
  /**
   * `rejected`: the provider refuses a refresh while the token lives; then soft = hard.
   * @example earlyRefresh: 'rejected'
   */
  readonly earlyRefresh: 'allowed' | 'rejected'
  /** A refresh kills the living token; then soft = hard. */
  readonly refreshRevokesAccess: boolean
  /** @example minRefreshGapMs: 60_000 */
  readonly minRefreshGapMs: number
  /**
   * How long the provider accepts the previous refresh token again; absent: unknown.
   * @example graceWindowMs: 30_000
   */
  readonly graceWindowMs?: number | undefined
  /**
   * Lifetime where the answer names none.
   * @example defaultLifetimeMs: 3_600_000
   */
  readonly defaultLifetimeMs?: number | undefined
  /**
   * A refresh token unused for so long dies.
   * @example idleLimitMs: 7_776_000_000
   */
  readonly idleLimitMs?: number | undefined
  /**
   * A refresh token dies so long after the authorization, however often it is used (Atlassian 365 days).
   * @example absoluteLimitMs: 31_536_000_000
   */
  readonly absoluteLimitMs?: number | undefined
  /**
   * At most `count` token requests in any window of so long, whatever asks for them (Zoho: 10 in 10 minutes).
   * @example mintLimit: { count: 10, windowMs: 600_000 }
   */
  readonly mintLimit?: { readonly count: number; readonly windowMs: number } | undefined
  /**
   * When a token is replaced ahead of its end. `used`, the default: while somebody asks for leases, and once a day
   * where nobody does. `always`: whether or not anybody asks. `on-demand`: when somebody asks, and never before.
   * @example mode: 'always'
   */
  readonly mode: 'used' | 'always' | 'on-demand'
  /**
   * With `mode: 'used'`: a connection counts as used for so long after a lease was asked for. Default a day.
   * @example usedWithinMs: 604_800_000
   */
  readonly usedWithinMs: number
  /**
   * Tokens that an outage has left behind, and that nobody waits for, are replaced spread over so long, each at a
   * moment of its own; over twelve times as long where nobody uses the connection. Default 5 minutes, at most a
   * quarter of a token's life.
   * @example catchUpMs: 1_800_000
   */
  readonly catchUpMs: number
  /** @example maxLeaseAgeMs: 60_000 */
  readonly maxLeaseAgeMs: number
}

/** What the token workflow knows of a connector: plain data, from an activity. */
export interface ConnectorFacts {
  readonly kind: AuthKindName
  /** A digest of the definition, as 16 hex digits. */
  readonly fingerprint: string
  /** Whether tokens of this kind die and are got again. */
  readonly refreshes: boolean
  /** Whether a token request may consume the grant (a rotating refresh token). */
  readonly consumesGrant: boolean
  readonly hasVerify: boolean
  /** Whether the provider can be told that a grant is no longer wanted. */
  readonly revokes: boolean
  /** Whether telling it ends that one grant, and no other of the account. */
  readonly revokesOneGrant?: boolean | undefined
  /** Whether its grants come from a browser. */
  readonly authorizes?: boolean | undefined
  /** When the client secret of the definition ends (Amazon SP-API: 180 days), as the definition says. */
  readonly clientSecretExpiresAtMs?: number | undefined
  readonly policy: RefreshPolicy
}
