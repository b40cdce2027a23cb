import type { ConnectorFacts, MintFailureClass } from '../../src/contract/token-activities.js'
import type { ReauthReason } from '../../src/contract/token-status.js'

/** What earlier tries with the same grant leave open: may the provider have consumed it? */
export type Prior = 'clean' | 'tainted' | 'ambiguous'

export interface OutcomeInput {
  readonly class: MintFailureClass
  readonly retryAfterMs?: number
  readonly facts: ConnectorFacts
  /** Before this try. */
  readonly prior: Prior
  /** Failed tries in a row, this one included. */
  readonly failures: number
  /** Tries in a row that ended in this class, this one included. */
  readonly sameClass: number
  readonly nowMs: number
  /** Hard limit of the living token; absent where none lives. */
  readonly hardAtMs?: number
  /** When the last token was issued. */
  readonly issuedAtMs?: number
  /** Uniform in [0, 1). */
  readonly random: number
}

export type OutcomeAction =
  | { readonly action: 'retry'; readonly atMs: number; readonly prior: Prior }
  | { readonly action: 'needs_reauth'; readonly reason: ReauthReason }
  | { readonly action: 'misconfigured' }

const FIREWALL_TRIES = 5

/** Exponential from 1 s to 5 min with jitter in the upper half. */
export function backOffMs(failures: number, random: number): number {
  const ceiling = Math.min(300_000, 1000 * 2 ** Math.min(failures - 1, 20))
  return Math.round(ceiling * (0.5 + random / 2))
}

/** How long a misconfigured connection waits before it tries by itself: an hour, ±25 %. */
export function probeDelayMs(random: number): number {
  return Math.round(3_600_000 * (0.75 + random / 2))
}

/**
 * The outcome table of a failed token request: the only place that decides whether a grant is tried
 * again (design, section 4; RFC 6749 5.2, RFC 9110 9.2.2, RFC 9700 4.14).
 */
export function decideOutcome(input: OutcomeInput): OutcomeAction {
  const { facts, nowMs, prior } = input
  const backOff = nowMs + backOffMs(input.failures, input.random)
  const retry = (atMs: number, next: Prior = prior): OutcomeAction => ({
    action: 'retry',
    atMs,
    prior: facts.consumesGrant ? next : 'clean',
  })
  switch (input.class) {
    case 'not_sent':
      return retry(backOff)
    case 'throttled':
      return retry(input.retryAfterMs === undefined ? backOff : nowMs + input.retryAfterMs)
    case 'server_error':
      return retry(backOff, prior === 'ambiguous' ? 'ambiguous' : 'tainted')
    case 'firewall':
      return input.sameClass >= FIREWALL_TRIES ? { action: 'misconfigured' } : retry(backOff)
    case 'ambiguous':
      return retry(ambiguousRetryAt(input, backOff), 'ambiguous')
    case 'invalid_grant':
      return deadGrant(input)
    case 'misconfigured':
      return { action: 'misconfigured' }
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

function deadGrant(input: OutcomeInput): OutcomeAction {
  if (input.facts.kind === 'client-credentials') return { action: 'misconfigured' }
  if (input.facts.consumesGrant && input.prior !== 'clean')
    return { action: 'needs_reauth', reason: 'rotation_lost' }
  const idle = input.facts.policy.idleLimitMs
  const unused = input.issuedAtMs === undefined ? 0 : input.nowMs - input.issuedAtMs
  return {
    action: 'needs_reauth',
    reason: idle !== undefined && unused >= idle ? 'expired_idle' : 'revoked',
  }
}
