import type { ConnectorFacts, MintedToken } from '../../src/contract/token-activities.js'
import { isDurationMs } from '../../src/contract/outside-values.js'
import { issueTime, refreshTiming } from './refresh-timing.js'
import type { HeldToken } from './parts/token.js'

/** When something was asked for and when its answer came, by the workflow's clock, and a random number in [0, 1). */
export interface Moment {
  readonly scheduledAtMs: number
  readonly nowMs: number
  readonly random: number
}

/** What went before the try that brought a token. */
export interface LastTries {
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
