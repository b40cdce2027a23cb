import type { AuthKindName } from './credential.js'

/** When to refresh, as the connector says. All durations in milliseconds. */
export interface RefreshPolicy {
  /** `rejected`: the provider refuses a refresh while the token lives; then soft = hard. */
  readonly earlyRefresh: 'allowed' | 'rejected'
  /** A refresh kills the living token; then soft = hard. */
  readonly refreshRevokesAccess: boolean
  readonly minRefreshGapMs: number
  /** How long the provider accepts the previous refresh token again; absent: unknown. */
  readonly graceWindowMs?: number | undefined
  /** Lifetime where the answer names none. */
  readonly defaultLifetimeMs?: number | undefined
  /** A refresh token unused for so long dies. */
  readonly idleLimitMs?: number | undefined
  /** A refresh token dies so long after the authorization, however often it is used (Atlassian 365 days). */
  readonly absoluteLimitMs?: number | undefined
  /** At most `count` token requests in any window of so long, whatever asks for them (Zoho: 10 in 10 minutes). */
  readonly mintLimit?: { readonly count: number; readonly windowMs: number } | undefined
  readonly mode: 'timer' | 'on-demand'
  readonly maxLeaseAgeMs: number
}

/** What the token workflow knows of a connector: plain data, from an activity. */
export interface ConnectorFacts {
  readonly kind: AuthKindName
  /** Of the definition, as 16 hex digits. */
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
