import type { LimitBudget } from '../../src/connectors/limits.js'

/** How a budget is spent: a little below what the upstream allows, for the way there takes its time. */
export interface Pace {
  readonly intervalMs: number
  /** How long a slot may be used after its turn. */
  readonly graceMs: number
  /**
   * How many slots may be used at once after a pause.
   * @param unsureMs how well this worker knows the time of the limit workflow
   */
  readonly burst: (unsureMs: number) => number
}

const RATE_USE = 0.97
const BURST_USE = 0.9
/** Timers and networks are no finer than this: so much may always come at once. */
const FINEST_MS = 100

/**
 * The pace at which never more than `t / perMs * requests + burst` requests are sent in any time `t`. Where
 * the burst covers less time than the workers' clocks may differ by, what is sent within that difference
 * comes on top.
 */
export function toPace({ requests, perMs, burst: declared = 1 }: LimitBudget): Pace {
  const intervalMs = perMs / requests / RATE_USE
  const graceMs = Math.max(intervalMs, FINEST_MS / 2)
  const allowed = Math.max(declared, Math.ceil(FINEST_MS / intervalMs))
  return {
    intervalMs,
    graceMs,
    burst: (unsureMs) => {
      const late = (graceMs + unsureMs) / intervalMs
      return Math.max(1, Math.floor(Math.min(allowed * BURST_USE, allowed - late)))
    },
  }
}
