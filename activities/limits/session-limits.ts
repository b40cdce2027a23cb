import type { IncomingHttpHeaders } from 'node:http'
import { leftOfLimits } from '../http/left-of-limit.js'
import type { ResolvedConnection } from '../http/resolve-connection.js'
import type { AnswerMeaning } from '../http/upstream-answers.js'
import { limiterOf } from './limiter-of.js'

/** The limits of a connection as one session of it keeps them. */
export interface SessionLimits {
  /** Undefined: the next request may leave at once. See `ConnectionLimiter`. */
  turn(signal: AbortSignal): Promise<void> | undefined
  /** What an answer told, for all sessions of the connection. */
  heard(headers: IncomingHttpHeaders, meaning: AnswerMeaning, nowMs: number): void
}

export interface LimitsOptions {
  /** Where limit workflows run. Default: the activity's own task queue. */
  readonly keeperTaskQueue?: string
  /** Heartbeats of an activity that has none of ours, while it waits. */
  readonly beat?: () => void
}

const BEAT_EVERY_MS = 1000

/** @param worker whatever the activities of one worker share */
export function createSessionLimits(
  worker: object,
  resolved: ResolvedConnection,
  { keeperTaskQueue, beat }: LimitsOptions,
): SessionLimits {
  const limiter = limiterOf(worker, resolved, keeperTaskQueue)
  const rules = resolved.connector.limits?.remaining
  return {
    turn: (signal) => {
      const turn = limiter.turn(signal)
      return turn === undefined || beat === undefined ? turn : beatUntil(turn, beat)
    },
    heard: (headers, meaning, nowMs) => {
      if (meaning.means === 'wait' && meaning.by === 'limit') limiter.told(meaning.waitMs)
      if (rules !== undefined) limiter.left(leftOfLimits(rules, { headers, nowMs }))
    },
  }
}

async function beatUntil(turn: Promise<void>, beat: () => void): Promise<void> {
  const timer = setInterval(beat, BEAT_EVERY_MS)
  try {
    await turn
  } finally {
    clearInterval(timer)
  }
}
