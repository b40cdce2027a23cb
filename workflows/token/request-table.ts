import type { Lease } from '../../src/contract/lease.js'
import { isHeld } from './doubt-looks.js'
import { statusOf, verdictOf } from './parts/health.js'
import type { HeldToken, TokenSnapshot, Waiter } from './token-snapshot.js'

/** What a request gets now. `refresh`: it waits for a token request that has to be made first. */
export type Serving =
  | { readonly serve: 'grant'; readonly lease: Lease }
  | {
      readonly serve: 'deny'
      readonly code: 'ConnectionRevoked' | 'UnknownConnector' | 'FreshTokenRejected'
    }
  | { readonly serve: 'wait'; readonly for: 'usable' | 'refresh' }

/** The request table: what a lease request gets in each state. */
export function serve(snapshot: TokenSnapshot, waiter: Waiter, nowMs: number): Serving {
  if (snapshot.unknownConnector !== undefined) return { serve: 'deny', code: 'UnknownConnector' }
  const status = statusOf(snapshot.health)
  switch (status) {
    case 'revoked':
      return { serve: 'deny', code: 'ConnectionRevoked' }
    case 'pending':
      // What there is to tell of it is known once it is described.
      return { serve: 'wait', for: snapshot.describeNeeded ? 'refresh' : 'usable' }
    case 'needs_reauth':
    case 'misconfigured':
    case 'rejected':
    case 'paused':
      return { serve: 'wait', for: 'usable' }
    case 'active':
    case 'degraded':
      return waiter.denied !== undefined
        ? { serve: 'deny', code: 'FreshTokenRejected' }
        : serveUsable(snapshot, waiter, nowMs)
    default: {
      const impossible: never = status
      throw new TypeError(`unknown status ${String(impossible)}`)
    }
  }
}

function serveUsable(snapshot: TokenSnapshot, waiter: Waiter, nowMs: number): Serving {
  // While tries are paused there is something to tell: what failed, and that it is tried again.
  const { doubt, health } = snapshot
  const looking = doubt?.next !== undefined && health.kind === 'degraded'
  const paused = looking || (snapshot.retryAtMs !== undefined && snapshot.retryAtMs > nowMs)
  const wait: Serving = { serve: 'wait', for: paused ? 'usable' : 'refresh' }
  const token = snapshot.token
  if (token === undefined) return wait
  if (isHeld(snapshot, waiter.refusedGeneration === snapshot.generation)) return wait
  if (snapshot.rejectedGeneration === snapshot.generation) return wait
  if (nowMs >= servedUntilMs(token)) return wait
  const triedSince = snapshot.tries > waiter.atTries
  const hard = token.hardAtMs !== undefined && nowMs >= token.hardAtMs
  const backingOff =
    verdictOf(health) !== undefined || (snapshot.retryAtMs !== undefined && snapshot.retryAtMs > nowMs)
  if (hard && !triedSince && !backingOff) return wait
  if (!triedSince && !backingOff && wantsLonger(snapshot, waiter, token, nowMs)) return wait
  return { serve: 'grant', lease: toLease(snapshot, token, nowMs) }
}

/**
 * Whether a fresh token would offer the validity asked for where this one does not. More than a
 * fresh token offers is granted with what there is, never refreshed again.
 */
export function wantsLonger(
  snapshot: TokenSnapshot,
  waiter: Waiter,
  token: HeldToken,
  nowMs: number,
): boolean {
  const { lifetimeMs, hardAtMs, issuedAtMs } = token
  if (lifetimeMs === undefined || hardAtMs === undefined || snapshot.facts === undefined)
    return false
  const { earlyRefresh, refreshRevokesAccess, minRefreshGapMs } = snapshot.facts.policy
  if (earlyRefresh === 'rejected' || refreshRevokesAccess) return false
  if (waiter.atGeneration < snapshot.generation) return false
  if (nowMs < issuedAtMs + minRefreshGapMs) return false
  const offered = hardAtMs - issuedAtMs
  return hardAtMs - nowMs < waiter.minValidityMs && waiter.minValidityMs <= offered
}

/** A lease inside the hard window still has to end before its token, by the time that a request takes to leave. */
export function servedUntilMs(token: HeldToken): number {
  if (token.expiresAtMs === undefined) return Number.POSITIVE_INFINITY
  return token.expiresAtMs - Math.min(500, (token.lifetimeMs ?? 0) / 50)
}

function toLease(snapshot: TokenSnapshot, token: HeldToken, nowMs: number): Lease {
  const maxAge = nowMs + (snapshot.facts?.policy.maxLeaseAgeMs ?? 0)
  const { hardAtMs } = token
  const end = hardAtMs !== undefined && nowMs < hardAtMs ? hardAtMs : servedUntilMs(token)
  return {
    connection: snapshot.connection,
    generation: snapshot.generation,
    ...(snapshot.line === undefined ? {} : { line: snapshot.line }),
    ...(token.kind === undefined ? {} : { kind: token.kind }),
    sealed: token.sealed,
    issuedAtMs: token.issuedAtMs,
    expiresAtMs: Math.floor(Math.min(maxAge, end)),
    ...(token.expiresAtMs === undefined ? {} : { tokenExpiresAtMs: token.expiresAtMs }),
  }
}
