import { DAY_MS } from '../../src/contract/duration.js'
import { isDurationMs } from '../../src/contract/outside-values.js'
import type { MintedToken } from '../../src/contract/token-activities.js'
import type { ConnectorFacts, RefreshPolicy } from '../../src/contract/connector-facts.js'
import type { HeldToken } from './parts/token.js'

export interface RefreshTiming {
  /** From here on a refresh runs in the background and the token is still served. */
  readonly softAtMs: number
  /** From here on requests wait for a refresh. */
  readonly hardAtMs: number
  readonly expiresAtMs: number
  /** When it is refreshed where nobody asks: within a day, so that a dead grant is told within a day. */
  readonly idleAtMs: number
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
 * least gap between refreshes moves the soft moment back, never past the hard one. What nobody asks for is
 * refreshed after U(0.9, 1) days instead, where that is later.
 */
export function refreshTiming(input: RefreshTimingInput): RefreshTiming {
  const { issuedAtMs, lifetimeMs, policy, random } = input
  const expiresAtMs = issuedAtMs + lifetimeMs
  const hardAtMs = Math.floor(expiresAtMs - hardLeadMs(lifetimeMs))
  const noEarlyRefresh = policy.earlyRefresh === 'rejected' || policy.refreshRevokesAccess
  const softAtMs = noEarlyRefresh ? hardAtMs : expiresAtMs - lifetimeMs * (0.2 + 0.1 * random)
  const aheadAtMs = Math.min(
    hardAtMs,
    Math.max(Math.floor(softAtMs), issuedAtMs + policy.minRefreshGapMs),
  )
  const dayAtMs = issuedAtMs + DAY_MS * (0.9 + 0.1 * random)
  return {
    softAtMs: aheadAtMs,
    hardAtMs,
    expiresAtMs,
    idleAtMs: Math.max(aheadAtMs, Math.floor(dayAtMs)),
  }
}

export interface IssueTimes {
  /** When the workflow asked for the token and when it learned of it, by the workflow's clock. */
  readonly scheduledAtMs: number
  readonly completedAtMs: number
  /** Before the request was sent and when its answer was there, as far as the worker knows it. */
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

/** When something was asked for and when its answer came, by the workflow's clock, and a random number in [0, 1). */
export interface Moment {
  readonly scheduledAtMs: number
  readonly nowMs: number
  readonly random: number
}

/** What went before the try that brought a token. */
interface LastTries {
  readonly previousLifetimeMs?: number | undefined
  /** When a try was sent that may have used up the grant. */
  readonly openSinceMs?: number | undefined
}

/** Dates a token by the workflow's clock. */
export function toHeldToken(
  minted: MintedToken,
  facts: ConnectorFacts,
  moment: Moment,
  { previousLifetimeMs, openSinceMs = Infinity }: LastTries,
): HeldToken {
  const { scheduledAtMs, nowMs, random } = moment
  const { ageMs = 0 } = minted
  const askedAtMs = issueTime({ ...minted, scheduledAtMs, completedAtMs: nowMs })
  // A repeat of a try that may have been carried out may bring the token of that one (a grace window).
  const issuedAtMs = Math.min(askedAtMs - ageMs, openSinceMs)
  const lifetimeMs = facts.refreshes
    ? [minted.lifetimeMs, facts.policy.defaultLifetimeMs, previousLifetimeMs].find(isLifetime)
    : undefined
  const { token: sealed, kind } = minted
  if (lifetimeMs === undefined) return { sealed, kind, issuedAtMs }
  const timing = refreshTiming({ issuedAtMs, lifetimeMs, policy: facts.policy, random })
  return { sealed, kind, issuedAtMs, lifetimeMs, ...timing }
}

/** No date and no timer is made of anything else, wherever it comes from. */
function isLifetime(ms: number | undefined): boolean {
  return isDurationMs(ms) && ms > 0
}
