import type { MintFailureClass } from '../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import type { ReauthReason } from '../../src/contract/token-status.js'
import { exponentialBackOffMs } from '../../src/contract/back-off.js'
import { retryWaitMs } from '../../src/contract/wait.js'
import type { Prior } from './parts/rotations.js'

export interface OutcomeInput {
  readonly class: MintFailureClass
  readonly retryAfterMs?: number | undefined
  readonly facts: ConnectorFacts
  /** Before this try. */
  readonly prior: Prior
  /** Failed tries in a row, this one included. */
  readonly failures: number
  /** Tries in a row that ended in this class, this one included. */
  readonly sameClass: number
  /** Answers in a row that refuse the request itself ({@link isRefusal}), this one included. */
  readonly refusals: number
  /** `never`: see `MintOutcome`. */
  readonly probe?: 'never' | undefined
  readonly nowMs: number
  /** Hard limit of the living token; absent where none lives. */
  readonly hardAtMs?: number | undefined
  /** When the last token was issued. */
  readonly issuedAtMs?: number | undefined
  /** Uniform in [0, 1). */
  readonly random: number
}

export type RefreshOutcome =
  | {
      readonly outcome: 'retry'
      readonly atMs: number
      readonly prior: Prior
      /** There were enough answers: people see it as soon as no living token is left. Tries go on. */
      readonly verdict?: 'misconfigured' | undefined
    }
  | { readonly outcome: 'needs_reauth'; readonly reason: ReauthReason }
  /** People see it as soon as no living token is left, and it is not tried again by itself. */
  | { readonly outcome: 'misconfigured' }

/** How many answers in a row it takes before the request itself is said to be wrong. */
const REFUSALS_FOR_VERDICT: Readonly<Partial<Record<MintFailureClass, number>>> = {
  misconfigured: 3,
  invalid_grant: 3,
  firewall: 5,
}
/** Where each try may count as a wrong password: one more, and no third. */
const CAREFUL_REFUSALS = 2
const CAREFUL_PAUSE_MS = 60_000

/** Whether an answer refuses the request itself: the grant is neither accepted nor dead. */
export function isRefusal(failureClass: MintFailureClass, { kind }: ConnectorFacts): boolean {
  return (
    failureClass === 'misconfigured' ||
    failureClass === 'firewall' ||
    // There is no grant that could be dead.
    (failureClass === 'invalid_grant' && kind === 'client-credentials')
  )
}

/** Exponential from 1 s to 5 min with jitter in the upper half. */
export function backOffMs(failures: number, random: number): number {
  const jitter = { least: 0.5, spread: 0.5 }
  return exponentialBackOffMs({ firstMs: 1000, longestMs: 300_000, jitter }, failures, random)
}

/**
 * The outcome table of a failed token request: the only place that decides whether a grant is tried
 * again (RFC 6749 5.2, RFC 9110 9.2.2, RFC 9700 4.14).
 *
 * | class | next try | verdict, once no living token is left |
 * |---|---|---|
 * | `not_sent` | back-off | none |
 * | `throttled` | as told, a day at most; else back-off | none |
 * | `server_error` | back-off; maybe consumed | none |
 * | `ambiguous` | at once, or at the hard limit where the provider has no grace; then back-off | none |
 * | `invalid_grant` | none | `needs_reauth`: proved |
 * | `misconfigured`, or `invalid_grant` to client credentials | back-off | `misconfigured` after 3 in a row |
 * | `firewall` | back-off | `misconfigured` after 5 in a row |
 * | one of these where a try may count as a wrong password | after a minute, once | `misconfigured` after 2 |
 *
 * The back-off is 1 s, doubled up to 5 min, and goes on after a verdict: it heals by itself.
 */
export function decideOutcome(input: OutcomeInput): RefreshOutcome {
  const { facts, nowMs, prior } = input
  const backOff = nowMs + backOffMs(input.failures, input.random)
  const retry = (atMs: number, next: Prior = prior): RefreshOutcome => ({
    outcome: 'retry',
    atMs,
    prior: facts.consumesGrant ? next : 'clean',
  })
  switch (input.class) {
    case 'not_sent':
      return retry(backOff)
    case 'throttled':
      return retry(nowMs + retryWaitMs(input.retryAfterMs, backOff - nowMs))
    case 'server_error':
      return retry(backOff, prior === 'ambiguous' ? 'ambiguous' : 'tainted')
    case 'ambiguous':
      return retry(ambiguousRetryAt(input, backOff), 'ambiguous')
    case 'invalid_grant':
    case 'firewall':
    case 'misconfigured':
      return isRefusal(input.class, facts) ? afterRefusal(input, retry(backOff)) : deadGrant(input)
    default: {
      const impossible: never = input.class
      throw new TypeError(`unknown outcome class ${String(impossible)}`)
    }
  }
}

/** With a grace window, known or possible, the first repeat must come at once: windows are as short as 30 s. */
function ambiguousRetryAt(input: OutcomeInput, backOff: number): number {
  if (!input.facts.consumesGrant) return backOff
  if (input.facts.policy.graceWindowMs === 0) {
    // A replay would kill the access token that flows still use, so it waits until that one ends.
    return input.hardAtMs !== undefined && input.hardAtMs > input.nowMs ? input.hardAtMs : backOff
  }
  return input.sameClass === 1 ? input.nowMs : backOff
}

/** The request itself was refused: tried again, and a verdict only after several answers. */
function afterRefusal(
  { class: failureClass, refusals, probe, nowMs }: OutcomeInput,
  again: RefreshOutcome,
): RefreshOutcome {
  if (again.outcome !== 'retry') return again
  if (probe === 'never')
    return refusals < CAREFUL_REFUSALS
      ? { ...again, atMs: nowMs + CAREFUL_PAUSE_MS }
      : { outcome: 'misconfigured' }
  const enough = refusals >= (REFUSALS_FOR_VERDICT[failureClass] ?? 1)
  return enough ? { ...again, verdict: 'misconfigured' } : again
}

function deadGrant(input: OutcomeInput): RefreshOutcome {
  if (input.facts.consumesGrant && input.prior !== 'clean')
    return { outcome: 'needs_reauth', reason: 'rotation_lost' }
  const idle = input.facts.policy.idleLimitMs
  const unused = input.issuedAtMs === undefined ? 0 : input.nowMs - input.issuedAtMs
  return {
    outcome: 'needs_reauth',
    reason: idle !== undefined && unused >= idle ? 'expired_idle' : 'revoked',
  }
}
