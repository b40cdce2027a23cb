import type { LimitBudget } from '../../src/connectors/limits.js'

/** How a budget is spent: a little below what the upstream allows, for the way there takes its time. */
export interface Pace {
  readonly intervalMs: number
  readonly burst: number
  /** How long a slot may be used after its turn. */
  readonly graceMs: number
}

const RATE_USE = 0.97
const BURST_USE = 0.9
/** Timers and networks are no finer than this: so much may always come at once. */
const FINEST_MS = 100

/**
 * So that never more than `t / perMs * requests + burst` are sent in any time `t`, and what comes in the
 * time that an answer of the Temporal server takes; with a burst of 1 and several workers, one more.
 */
export function toPace({ requests, perMs, burst: declared = 1 }: LimitBudget): Pace {
  const intervalMs = perMs / requests / RATE_USE
  const graceMs = Math.max(intervalMs, FINEST_MS / 2)
  const allowed = Math.max(declared, Math.ceil(FINEST_MS / intervalMs))
  const burst = Math.floor(Math.min(allowed * BURST_USE, allowed - graceMs / intervalMs))
  return { intervalMs, burst: Math.max(1, burst), graceMs }
}
