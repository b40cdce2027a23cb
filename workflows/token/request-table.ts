import type { Lease } from '../../src/contract/lease.js'
import { isHeld } from './doubt-looks.js'
import { statusOf, verdictOf } from './parts/health.js'
import type { Waiter } from './parts/queue.js'
import { type HeldToken, isRefused } from './parts/token.js'
import type { TokenParts } from './token-parts.js'

/** What a request gets now. `refresh`: it waits for a token request that has to be made first. */
type Serving =
  | { readonly outcome: 'grant'; readonly lease: Lease }
  | {
      readonly outcome: 'deny'
      readonly code: 'ConnectionRevoked' | 'UnknownConnector' | 'FreshTokenRejected'
    }
  | { readonly outcome: 'wait'; readonly for: 'usable' | 'refresh' }

/** The request table: what a lease request gets in each state. */
export function serve(parts: TokenParts, waiter: Waiter, nowMs: number): Serving {
  if (parts.definition.unknownConnector !== undefined)
    return { outcome: 'deny', code: 'UnknownConnector' }
  const status = statusOf(parts.health)
  switch (status) {
    case 'revoked':
      return { outcome: 'deny', code: 'ConnectionRevoked' }
    case 'pending':
      // What can be answered is known once the connector is described.
      return { outcome: 'wait', for: parts.definition.describeNeeded ? 'refresh' : 'usable' }
    case 'needs_reauth':
    case 'misconfigured':
    case 'rejected':
    case 'paused':
      return { outcome: 'wait', for: 'usable' }
    case 'active':
    case 'degraded':
      return waiter.denied !== undefined
        ? { outcome: 'deny', code: 'FreshTokenRejected' }
        : serveUsable(parts, waiter, nowMs)
    default: {
      const impossible: never = status
      throw new TypeError(`unknown status ${String(impossible)}`)
    }
  }
}

function serveUsable(parts: TokenParts, waiter: Waiter, nowMs: number): Serving {
  // While tries are paused, the answer says what failed and that it is tried again.
  const { health, token: current, refresh } = parts
  const looking = current.doubt?.next !== undefined && health.kind === 'degraded'
  const isHeldBack = refresh.retryAtMs !== undefined && refresh.retryAtMs > nowMs
  const wait: Serving = { outcome: 'wait', for: looking || isHeldBack ? 'usable' : 'refresh' }
  const { held: token } = current
  if (token === undefined) return wait
  if (isHeld(parts, waiter.refusedGeneration === current.generation)) return wait
  if (isRefused(current)) return wait
  if (nowMs >= servedUntilMs(token)) return wait
  const triedSince = refresh.tries > waiter.atTries
  const hard = token.hardAtMs !== undefined && nowMs >= token.hardAtMs
  const backingOff = verdictOf(health) !== undefined || isHeldBack
  if (hard && !triedSince && !backingOff) return wait
  if (!triedSince && !backingOff && wantsLonger(parts, waiter, token, nowMs)) return wait
  return { outcome: 'grant', lease: toLease(parts, token, nowMs) }
}

/**
 * Whether a fresh token would offer the validity asked for where this one does not. More than a
 * fresh token offers is granted with what there is, never refreshed again.
 */
export function wantsLonger(
  parts: TokenParts,
  waiter: Waiter,
  token: HeldToken,
  nowMs: number,
): boolean {
  const { lifetimeMs, hardAtMs, issuedAtMs } = token
  if (lifetimeMs === undefined || hardAtMs === undefined || parts.definition.facts === undefined)
    return false
  const { earlyRefresh, refreshRevokesAccess, minRefreshGapMs } = parts.definition.facts.policy
  if (earlyRefresh === 'rejected' || refreshRevokesAccess) return false
  if (waiter.atGeneration < parts.token.generation) return false
  if (nowMs < issuedAtMs + minRefreshGapMs) return false
  const offered = hardAtMs - issuedAtMs
  return hardAtMs - nowMs < waiter.minValidityMs && waiter.minValidityMs <= offered
}

/** A lease inside the hard window still has to end before its token, by the time that a request takes to leave. */
export function servedUntilMs(token: HeldToken): number {
  if (token.expiresAtMs === undefined) return Number.POSITIVE_INFINITY
  return token.expiresAtMs - Math.min(500, (token.lifetimeMs ?? 0) / 50)
}

function toLease(parts: TokenParts, token: HeldToken, nowMs: number): Lease {
  const maxAge = nowMs + (parts.definition.facts?.policy.maxLeaseAgeMs ?? 0)
  const { hardAtMs } = token
  const end = hardAtMs !== undefined && nowMs < hardAtMs ? hardAtMs : servedUntilMs(token)
  return {
    connection: parts.connection,
    generation: parts.token.generation,
    firstExecutionRunId: parts.firstExecutionRunId,
    kind: token.kind,
    sealed: token.sealed,
    issuedAtMs: token.issuedAtMs,
    expiresAtMs: Math.floor(Math.min(maxAge, end)),
    tokenExpiresAtMs: token.expiresAtMs,
  }
}
