import type { RefreshPolicy } from '../../src/contract/token-activities.js'

export interface RefreshTiming {
  /** From here on a refresh runs in the background and the token is still served. */
  readonly softAtMs: number
  /** From here on requests wait for a refresh. */
  readonly hardAtMs: number
  readonly expiresAtMs: number
}

export interface RefreshTimingInput {
  readonly issuedAtMs: number
  readonly lifetimeMs: number
  readonly policy: RefreshPolicy
  /** Uniform in [0, 1). */
  readonly random: number
}

/** 5 % of the lifetime, at least min(10 s, lifetime / 10), at most 60 s. */
export function hardLeadMs(lifetimeMs: number): number {
  return Math.min(60_000, Math.max(lifetimeMs * 0.05, Math.min(10_000, lifetimeMs / 10)))
}

/**
 * When to refresh a token: soft lead = lifetime × U(0.20, 0.30), hard lead as {@link hardLeadMs}.
 * Soft is hard where the provider refuses early refreshes or kills the living token with them. The
 * least gap between refreshes moves the soft moment back, never past the hard one.
 */
export function refreshTiming(input: RefreshTimingInput): RefreshTiming {
  const { issuedAtMs, lifetimeMs, policy, random } = input
  const expiresAtMs = issuedAtMs + lifetimeMs
  const hardAtMs = Math.floor(expiresAtMs - hardLeadMs(lifetimeMs))
  const noEarlyRefresh = policy.earlyRefresh === 'rejected' || policy.refreshRevokesAccess
  const softAtMs = noEarlyRefresh ? hardAtMs : expiresAtMs - lifetimeMs * (0.2 + 0.1 * random)
  return {
    softAtMs: Math.min(
      hardAtMs,
      Math.max(Math.floor(softAtMs), issuedAtMs + policy.minRefreshGapMs),
    ),
    hardAtMs,
    expiresAtMs,
  }
}

export interface IssueTimes {
  /** When the workflow asked for the token and when it learned of it, by the workflow's clock. */
  readonly scheduledAtMs: number
  readonly completedAtMs: number
  /** Before the request was sent and when its answer was there, as the worker can tell it. */
  readonly sentAtMs: number
  readonly answeredAtMs: number
}

/**
 * The moment that a lifetime counts from, by the workflow's clock: when the request was sent, held
 * between what the workflow itself saw, so that a worker whose clock is off can't make a token seem
 * younger than it is.
 */
export function issueTime(times: IssueTimes): number {
  const latest = times.completedAtMs - Math.max(0, times.answeredAtMs - times.sentAtMs)
  return Math.max(times.scheduledAtMs, Math.min(times.sentAtMs, latest))
}
