import type { ConnectionRef } from './connection-ref.js'

/**
 * What a worker reports to the limit workflow of a connection, and what it asks for. Times are durations:
 * the clocks of workers differ.
 */
export interface SlotRequest {
  /** Names the asking worker, for as long as it runs. */
  readonly holder: string
  /** How many requests it has to send; 0: it only reports a block. */
  readonly want: number
  /** The time between two slots, in milliseconds. */
  readonly intervalMs: number
  /** Slots that may be used at once after a pause. */
  readonly burst: number
  /** The upstream has answered that nobody may send for so long. */
  readonly blockedForMs?: number | undefined
}

/**
 * The next `count` slots of a connection, which no other worker gets. Slot `n` may be used from
 * `firstMs + n * intervalMs - earlyMs` on; milliseconds of the limit workflow's clock.
 */
export interface Portion {
  readonly firstMs: number
  readonly count: number
  readonly intervalMs: number
  readonly earlyMs: number
}

export interface SlotGrant {
  /** When it was granted, by the limit workflow's clock. */
  readonly atMs: number
  /** Absent where nothing was wanted, or the next slot is further away than {@link PACING_WAIT_MS}. */
  readonly portion?: Portion | undefined
  /** When the slot after it may be used. */
  readonly nextMs: number
  /** Workers that have asked lately. */
  readonly holders: number
  /** Nobody may send before; in the past: there is no block. */
  readonly blockedUntilMs: number
}

/**
 * The activity waits for a slot that comes within this time. For a later slot the flow sets a timer, and
 * it may come back on another worker: a slot is therefore handed out only when it is this near.
 */
export const PACING_WAIT_MS = 10_000

/** Updates of a limit workflow. */
export const LIMIT_UPDATES = {
  /** {@link SlotRequest}; answers with a {@link SlotGrant}. */
  slots: 'tokenkeeper.slots-update',
} as const

/** The id of the workflow that hands out the slots of a connection's budget: `limit:<connector>:<account>`. */
export function limitWorkflowId(ref: ConnectionRef): string {
  return `limit:${ref.connector}:${ref.account}`
}
