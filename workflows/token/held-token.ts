import type { ConnectorFacts, MintedToken } from '../../src/contract/token-activities.js'
import { issueTime, refreshTiming } from './refresh-timing.js'
import type { HeldToken } from './token-snapshot.js'

/** When something was asked for and when its answer came, by the workflow's clock, and a random number in [0, 1). */
export interface Moment {
  readonly scheduledAtMs: number
  readonly nowMs: number
  readonly random: number
}

/** Dates a token by the workflow's clock. */
export function toHeldToken(
  minted: MintedToken,
  facts: ConnectorFacts,
  moment: Moment,
  previousLifetimeMs: number | undefined,
): HeldToken {
  const { scheduledAtMs, nowMs, random } = moment
  const { ageMs = 0 } = minted
  const issuedAtMs = issueTime({ ...minted, scheduledAtMs, completedAtMs: nowMs }) - ageMs
  const lifetimeMs = facts.refreshes
    ? (minted.lifetimeMs ?? facts.policy.defaultLifetimeMs ?? previousLifetimeMs)
    : undefined
  const kind = minted.kind === undefined ? {} : { kind: minted.kind }
  if (lifetimeMs === undefined) return { sealed: minted.token, ...kind, issuedAtMs }
  const timing = refreshTiming({ issuedAtMs, lifetimeMs, policy: facts.policy, random })
  return { sealed: minted.token, ...kind, issuedAtMs, lifetimeMs, ...timing }
}
