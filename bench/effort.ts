import { median, spread } from './statistics.js'

/** `npm run bench -- --quick`: all rows within five minutes, with fewer rounds of less work, three rows at a time. */
export const QUICK = process.env['BENCH_QUICK'] === '1'

/** How much work a round does: a figure for the whole bench, and one for the quick one. */
export function effort<T>(whole: T, quick: T): T {
  return QUICK ? quick : whole
}

/** So many rounds are enough where they spread at most so much of their median. */
const AGREEING = [
  { rounds: 2, spread: 0.03 },
  { rounds: 3, spread: 0.08 },
]

/** Whether the rounds so far agree so well that more would tell nothing new. */
export function isSettled(rounds: readonly number[]): boolean {
  if (QUICK) return rounds.length >= 2
  const share = spread(rounds) / Math.abs(median(rounds))
  return AGREEING.some((enough) => rounds.length >= enough.rounds && share <= enough.spread)
}
