/** A token bucket: how fast parked flows go on once they can, so that they do not all call at once. */
export interface ReleasePace {
  /** Leases that may be granted to parked flows now; at most {@link RELEASE_BURST}. */
  readonly left: number
  /** When `left` was counted. */
  readonly atMs: number
}

/** Parked flows that go on at once, and then in each further second. */
export const RELEASE_BURST = 10
const PER_MS = RELEASE_BURST / 1000

export function fullRelease(nowMs: number): ReleasePace {
  return { left: RELEASE_BURST, atMs: nowMs }
}

/** What may be released now. */
export function releasable({ left, atMs }: ReleasePace, nowMs: number): number {
  return Math.floor(Math.min(RELEASE_BURST, left + Math.max(0, nowMs - atMs) * PER_MS))
}

export function afterRelease(pace: ReleasePace, count: number, nowMs: number): ReleasePace {
  const { left, atMs } = pace
  const now = Math.min(RELEASE_BURST, left + Math.max(0, nowMs - atMs) * PER_MS)
  return { left: now - count, atMs: nowMs }
}

/** When the token bucket is full again: the workflow wakes once for a whole batch, not for each flow. */
export function nextReleaseAtMs({ left, atMs }: ReleasePace): number {
  return Math.ceil(atMs + (RELEASE_BURST - left) / PER_MS)
}
