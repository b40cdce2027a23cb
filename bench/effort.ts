import { median, spread } from './statistics.js'

/** `npm run bench -- --quick`: all rows within five minutes, with fewer rounds of less work. */
export const QUICK = process.env['BENCH_QUICK'] === '1'

/** How much work a round does: a figure for the whole bench, and one for the quick one. */
export function effort(whole: number, quick: number): number {
  return QUICK ? quick : whole
}

const FEWEST = 3
const SMALL_SPREAD = 0.08

/** Whether the rounds so far agree so well that more would tell nothing new. */
export function isSettled(rounds: readonly number[]): boolean {
  if (QUICK) return rounds.length >= 2
  return rounds.length >= FEWEST && spread(rounds) <= SMALL_SPREAD * Math.abs(median(rounds))
}
