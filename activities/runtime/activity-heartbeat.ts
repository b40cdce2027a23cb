import { CancelledFailure, Context } from '@temporalio/activity'
import { createFailure } from '../../src/contract/failure.js'

const EVERY_MS = 1500
/** What goes past the SDK is an action each time: where nothing is noted, it only shows that the worker lives. */
const ALIVE_EVERY_MS = 5000
/** The SDK sends one heartbeat in some seconds to the server; each call of it costs a tenth of a small page. */
const AT_MOST_EVERY_MS = 400
/** What Temporal says to a heartbeat of an activity that should not go on. */
const ENDED = new Set([
  'ActivityCancelledError',
  'ActivityPausedError',
  'ActivityResetError',
  'ActivityNotFoundError',
])

export interface ActivityHeartbeatOptions<Details> {
  readonly first: Details
  /**
   * For what must be known after a crash: past the SDK's throttle, straight to the server. The SDK's
   * own heartbeat is not used then, it could overwrite newer details with held ones.
   */
  readonly acknowledged: boolean
  /**
   * Is called where a heartbeat past the SDK is answered that the flow has cancelled the activity; the
   * details are stored all the same. Without it such a heartbeat throws.
   */
  readonly onCancelled?: (() => void) | undefined
  /** Not at once: each heartbeat is an action of the server, and the timeout counts from the start anyway. */
  readonly startsQuietly?: boolean | undefined
}

/**
 * Keeps an activity alive and its position known: heartbeats at once, where it is not told otherwise, and repeats the last details every 1.5
 * seconds, those that go past the SDK every 5 seconds, until it is stopped; then it sends the details that it held back.
 */
export class ActivityHeartbeat<Details> {
  readonly #context = Context.current()
  readonly #options: ActivityHeartbeatOptions<Details>
  readonly #timer: NodeJS.Timeout
  #last: Details
  #heldBack = false
  #beatAtMs: number
  #stored: Promise<void> = Promise.resolve()

  constructor(options: ActivityHeartbeatOptions<Details>) {
    this.#options = options
    this.#last = options.first
    this.#beatAtMs = options.startsQuietly === true ? performance.now() : Number.NEGATIVE_INFINITY
    this.#timer = setInterval(() => {
      if (!options.acknowledged || performance.now() >= this.#beatAtMs + ALIVE_EVERY_MS)
        this.record(this.#last)?.catch(() => undefined)
    }, EVERY_MS)
    if (options.startsQuietly !== true) this.record(options.first)?.catch(() => undefined)
  }

  /** Acknowledged heartbeats resolve when the server has stored the details; others are not waited for. */
  record(details: Details): Promise<void> | undefined {
    this.#last = details
    if (!this.#options.acknowledged) {
      this.#heldBack = performance.now() < this.#beatAtMs + AT_MOST_EVERY_MS
      if (!this.#heldBack) this.#beat()
      return undefined
    }
    this.#beatAtMs = performance.now()
    // One after the other: an older note must not arrive after a newer one.
    const noted = this.#stored.then(() => this.#toServer(details))
    this.#stored = noted.catch(() => undefined)
    return noted
  }

  stop(): void {
    clearInterval(this.#timer)
    if (this.#heldBack) this.#beat()
  }

  #beat(): void {
    this.#heldBack = false
    this.#beatAtMs = performance.now()
    this.#context.heartbeat(this.#last)
  }

  async #toServer(details: Details): Promise<void> {
    const { client, info } = this.#context
    try {
      await client.activity.heartbeat(info.taskToken, details)
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      const { onCancelled } = this.#options
      if (name === 'ActivityCancelledError' && onCancelled !== undefined) {
        onCancelled()
        return
      }
      if (ENDED.has(name)) throw new CancelledFailure('the activity is not wanted any more')
      throw createFailure(
        'UpstreamUnavailable',
        `The Temporal server did not take the note of activity ${info.activityId} that it is about to write; it is tried again by itself.`,
      )
    }
  }
}

/** Between the heartbeats of work that has nothing to record. */
export const BEAT_EVERY_MS = 1000
/** Most work ends before, and each heartbeat that reaches the server is an action that Temporal Cloud bills. */
const FIRST_BEAT_MS = 2000

/**
 * Heartbeats every second while the work goes on, from its third second, so that a dead worker is seen within
 * the heartbeat timeout, which counts from the start; where the workflow has set none, nobody would miss them.
 * Cancellation and shutdown are not listened to: a token request that is out must be waited for.
 */
export async function keepHeartbeating<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current()
  if ((context.info.heartbeatTimeoutMs ?? 0) === 0) return await work()
  const beat = (): void => {
    context.heartbeat()
    timer = setTimeout(beat, BEAT_EVERY_MS)
  }
  let timer = setTimeout(beat, FIRST_BEAT_MS)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
