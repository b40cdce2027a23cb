import type { Lease } from '../../src/contract/lease.js'

const REMEMBERED_PAGES = 5
/** A little more than the slowest: the next one may be slower still. */
const MARGIN = 1.25

/** Judges by the recent pages whether another one fits into what the leases have left. */
export interface LeaseFit {
  /** A page was accepted; the time since the last one counts. */
  readonly pageDone: (nowMs: number) => void
  /** The connections whose lease is too short for another page. */
  readonly tooShort: (nowMs: number) => readonly string[]
}

export function createLeaseFit(leases: readonly Lease[], startMs: number): LeaseFit {
  const durations: number[] = []
  let before = startMs
  return {
    pageDone: (nowMs) => {
      durations.push(nowMs - before)
      if (durations.length > REMEMBERED_PAGES) durations.shift()
      before = nowMs
    },
    tooShort: (nowMs) => {
      const untilMs = nowMs + Math.max(0, ...durations) * MARGIN
      const ending = leases.filter((lease) => lease.expiresAtMs <= untilMs)
      return [...new Set(ending.map((lease) => lease.connection))]
    },
  }
}
