import type { Sealed } from '../../../src/contract/sealed.js'
import type { MintFailureClass } from '../../../src/contract/token-activities.js'
import type { ConnectorFacts, RefreshPolicy } from '../../../src/contract/connector-facts.js'
import type { ReauthReason } from '../../../src/contract/token-status.js'
import type { Health, HealthKind } from '../../../workflows/token/parts/health.js'
import { startParts, type TokenParts } from '../../../workflows/token/token-parts.js'
import type { OpenState } from './open-state.js'
import { refreshTiming } from '../../../workflows/token/refresh-timing.js'

export const POLICY: RefreshPolicy = {
  earlyRefresh: 'allowed',
  refreshRevokesAccess: false,
  minRefreshGapMs: 0,
  mode: 'always',
  usedWithinMs: 24 * 3_600_000,
  catchUpMs: 300_000,
  maxLeaseAgeMs: 600_000,
}

export const FACTS: ConnectorFacts = {
  kind: 'refresh-token',
  fingerprint: '0123456789abcdef',
  refreshes: true,
  consumesGrant: true,
  revokes: true,
  hasVerify: false,
  policy: POLICY,
}

export const STATIC_FACTS: ConnectorFacts = {
  ...FACTS,
  kind: 'api-key',
  refreshes: false,
  consumesGrant: false,
  revokes: true,
}

export const T0 = 1_800_000_000_000
export const HOUR = 3_600_000

/** How a connection is since T0; `reason` is of `needs_reauth` only. */
export function healthOf(
  kind: HealthKind,
  reason: ReauthReason = 'revoked',
  paused = false,
): Health {
  const base = { sinceMs: T0, paused }
  return kind === 'needs_reauth' ? { ...base, kind, reason } : { ...base, kind }
}

/** A connection whose token of one hour was issued at T0: soft at 45 min, hard at 57 min. */
export function activeParts(
  facts: ConnectorFacts = FACTS,
  lifetimeMs: number | undefined = facts.refreshes ? HOUR : undefined,
): TokenParts {
  const parts = startParts('shop/acme', T0)
  const timing =
    lifetimeMs === undefined
      ? {}
      : {
          lifetimeMs,
          ...refreshTiming({ issuedAtMs: T0, lifetimeMs, policy: facts.policy, random: 0.5 }),
        }
  const held = { sealed: 'token-3' as Sealed, issuedAtMs: T0, ...timing }
  return {
    ...parts,
    health: healthOf('active'),
    definition: { facts, describeNeeded: false, searchAttributes: [], maxIdBytes: 1000 },
    token: { held, generation: 3, highestGeneration: 3 },
    grant: { ...parts.grant, sealed: 'grant-3' as Sealed },
  }
}

export function ask(
  state: OpenState,
  requestId: string,
  nowMs: number,
  more: { readonly minValidityMs?: number } = {},
): void {
  state.enqueue({ requestId, replyTo: `flow-${requestId}`, minValidityMs: 0, ...more }, nowMs)
}

/** A good token answer; its lifetime is one hour from when it is taken in. */
export const minted = (token: string) => ({
  runId: 'run',
  outcome: 'minted' as const,
  token: token as Sealed,
  grant: `grant of ${token}` as Sealed,
  grantFingerprint: 'f',
  sentAtMs: T0,
  answeredAtMs: T0,
  lifetimeMs: HOUR,
  definition: FACTS.fingerprint,
})
export const failed = (kind: MintFailureClass, code: string) => ({
  runId: 'run',
  outcome: 'failed' as const,
  class: kind,
  code,
  message: 'm',
  definition: FACTS.fingerprint,
})
/** The moment of an answer. */
export const at = (nowMs: number) => ({ scheduledAtMs: nowMs, nowMs, random: 0.5 })
