import type { ConnectorFacts } from '../../../src/contract/connector-facts.js'

/** How the next look at a refused credential is taken. `release`: flows go on with the credential, and their reports show whether it is accepted. */
export type Check = 'verify' | 'refresh' | 'release'

/**
 * What is known of a credential that an upstream refuses, since the first refusal in a row. A refusal
 * alone is no verdict (docs/decisions/verdicts.md):
 *
 * | who looks | order of looks | verdict |
 * |---|---|---|
 * | kinds that refresh | refresh at once; then pause, `verify`, pause, `verify` again, refresh, … (without one: release and refresh in turn) | `rejected` after 3 refusals by `verify`, or 6 answers without one |
 * | static kinds | `verify`, pause, `verify`, … (without one: pause, release, …) | `rejected` after 3 refusals by `verify`, or 3 answers to at least two askers |
 * | a request refused 3 times while others pass, or `verify` accepts, or it is the only witness against a static credential | | its flow fails with `FreshTokenRejected`; the connection goes on |
 *
 * Pauses are 1 s, doubled up to 5 min. They go on after `rejected`, so it heals by itself.
 */
export interface Doubt {
  readonly sinceMs: number
  /** The last refusal. */
  readonly lastMs: number
  /** The generation that was refused last. */
  readonly generation: number
  readonly status: number
  /** The endpoint that refused last. */
  readonly endpoint: string
  /** Refusals in a row, at most one a look. */
  readonly answers: number
  /** How many of these refusals were of this generation. */
  readonly refusedLooks: number
  /** Looks by the verify endpoint in a row that refused. */
  readonly refusedByVerify: number
  /** The verify endpoint can't show it. */
  readonly verifyFails: number
  /** Something passed with this generation after it had been refused. */
  readonly accepted: boolean
  readonly rounds: number
  /** Whose requests were refused, and how often. */
  readonly witnesses: readonly Witness[]
  /** Absent: flows go on with the credential. */
  readonly next?: { readonly check: Check; readonly atMs: number } | undefined
  /** All requests wait for the look, not only the refused ones. */
  readonly holdsAll: boolean
  readonly releasedAtMs?: number | undefined
}

interface Witness {
  readonly by: string
  readonly times: number
}

export const MAX_VERIFY_FAILS = 3
/** Nobody is refused for so long: what comes then is another story. */
export const DOUBT_QUIET_MS = 30_000
/** For so long a refused request is remembered as one witness against a static credential. */
export const WITNESS_MS = 600_000

/** Whether the verify endpoint can be of use. */
export function asksVerify({ hasVerify }: ConnectorFacts, { verifyFails }: Doubt): boolean {
  return hasVerify && verifyFails < MAX_VERIFY_FAILS
}

/** Where tokens work for a while, pauses stay short. */
const ROUNDS_WHILE_PASSING = 4

/** Something passed since the last refusal: a verdict begins to count anew. */
export function inARowNoMore(doubt: Doubt): Doubt {
  const rounds = Math.min(doubt.rounds, ROUNDS_WHILE_PASSING)
  return { ...doubt, answers: 0, refusedByVerify: 0, rounds }
}
