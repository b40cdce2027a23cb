import type { HeaderLines } from '../../src/wire/header-lines.js'
import type { Measure } from '../../src/contract/measure.js'
import { Tracing } from '../../src/contract/tracing.js'
import { boundWait } from '../../src/contract/wait.js'
import type { ResolvedConnection } from './resolve-connection.js'
import type { AnswerMeaning } from './upstream-answers.js'
import { BEAT_EVERY_MS } from '../runtime/activity-heartbeat.js'
import type { ConnectionLimiters } from '../limits/connection-limiters.js'
import { type LeftOfLimit, leftOfLimits } from '../limits/rate-limit.js'

/** The limits of a connection as one session of it keeps them. */
export interface SessionLimits {
  /** Undefined: the next request may leave at once. See `ConnectionLimiter`. */
  turn(signal: AbortSignal): Promise<void> | undefined
  /**
   * Takes in what an answer says about limits, for all sessions of the connection. The wait that comes back
   * may be longer than the answer's: it grows while each answer reports a limit.
   */
  observe(headers: HeaderLines, meaning: AnswerMeaning, nowMs: number): AnswerMeaning
}

export interface LimitsOptions {
  /** Where limit workflows run. Default: the activity's own task queue. */
  readonly keeperTaskQueue?: string | undefined
  /** Heartbeats of an activity that has none of ours, while it waits. */
  readonly beat?: (() => void) | undefined
  readonly measure?: Measure | undefined
  readonly tracing?: Tracing | undefined
}

export function createSessionLimits(
  limiters: ConnectionLimiters,
  resolved: ResolvedConnection,
  { keeperTaskQueue, beat, measure, tracing = new Tracing() }: LimitsOptions,
): SessionLimits {
  const limiter = limiters.of(resolved, keeperTaskQueue)
  const { remaining: rules, maxWaitMs: mostMs } = resolved.connector.limits ?? {}
  const about = { 'tokenkeeper.connection': resolved.name }
  return {
    turn: (signal) => {
      const turn = limiter.turn(signal)
      if (turn === undefined) return undefined
      const waited = measure === undefined ? turn : measured(turn, measure, resolved.ref.connector)
      return tracing.inSpan('tokenkeeper.limit.wait', about, () =>
        beat === undefined ? waited : beatUntil(waited, beat),
      )
    },
    observe: (headers, meaning, nowMs) => {
      const isLimit = meaning.outcome === 'wait' && meaning.by === 'limit'
      const waitMs = isLimit ? limiter.refused(meaning.waitMs) : 0
      if (meaning.outcome === 'accepted') limiter.accepted()
      if (rules !== undefined)
        limiter.left(leftOfLimits(rules, { headers, nowMs }).map((one) => bounded(one, mostMs)))
      return isLimit ? { ...meaning, waitMs } : meaning
    },
  }
}

function bounded(limit: LeftOfLimit, mostMs: number | undefined): LeftOfLimit {
  const { resetInMs } = limit
  if (resetInMs === undefined) return limit
  return { ...limit, resetInMs: boundWait(resetInMs, mostMs).waitMs }
}

async function beatUntil(turn: Promise<void>, beat: () => void): Promise<void> {
  const timer = setInterval(beat, BEAT_EVERY_MS)
  try {
    await turn
  } finally {
    clearInterval(timer)
  }
}

/** `put_off`: the wait is one for a timer of the flow, or the request was given up. */
async function measured(turn: Promise<void>, measure: Measure, connector: string): Promise<void> {
  const startedMs = performance.now()
  let outcome: 'put_off' | 'waited' = 'put_off'
  try {
    await turn
    outcome = 'waited'
  } finally {
    const seconds = (performance.now() - startedMs) / 1000
    measure('tokenkeeper.limit.wait.duration', seconds, { connector, outcome })
  }
}
