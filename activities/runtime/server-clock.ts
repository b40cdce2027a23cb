import { Context } from '@temporalio/activity'

/** Milliseconds since the epoch by the Temporal server's clock. */
export type ServerNow = () => number

/** Samples are kept for this long at least, and twice as long at most. */
const KEPT_MS = 600_000
/** Before this there was no Temporal: what is earlier comes from a test's stand-in of an activity. */
const FIRST_PLAUSIBLE_MS = Date.UTC(2019, 0, 1)

/**
 * The Temporal server's clock as this worker estimates it, to be asked for inside an activity. Leases are
 * dated by the server (a workflow's time is the server's), so they are judged by it: this worker's own
 * clock may be hours off. See docs/decisions/leases-by-the-servers-clock.md.
 * @param clock that the activities of a keeper share
 */
export function serverNow(clock: ServerClock): ServerNow {
  const { currentAttemptScheduledTimestampMs: scheduledAtMs } = Context.current().info
  if (scheduledAtMs < FIRST_PLAUSIBLE_MS) return Date.now
  clock.learn(scheduledAtMs)
  return () => clock.now()
}

/**
 * The server's clock, from the moments at which it scheduled activities and a clock of this process that
 * nobody sets. An activity starts after it was scheduled, so the smallest difference that was seen is
 * nearest to the truth, and the estimate is behind the server's by what the quickest start took.
 */
export class ServerClock {
  #sinceMs = Number.NEGATIVE_INFINITY
  #least = Number.POSITIVE_INFINITY
  #leastBefore = Number.POSITIVE_INFINITY

  readonly #steadyNow: () => number

  /** @param steadyNow milliseconds of a clock that only ever goes on */
  constructor(steadyNow: () => number = () => performance.now()) {
    this.#steadyNow = steadyNow
  }

  /** An activity has started that the server scheduled at this moment. */
  learn(scheduledAtMs: number): void {
    const nowMs = this.#steadyNow()
    const difference = nowMs - scheduledAtMs
    if (nowMs - this.#sinceMs >= KEPT_MS) {
      const isRecent = nowMs - this.#sinceMs <= 2 * KEPT_MS
      this.#leastBefore = isRecent ? this.#least : Number.POSITIVE_INFINITY
      this.#least = difference
      this.#sinceMs = nowMs
    } else this.#least = Math.min(this.#least, difference)
  }

  now(): number {
    return Math.floor(this.#steadyNow() - Math.min(this.#least, this.#leastBefore))
  }
}
