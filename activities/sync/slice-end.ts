import { setMaxListeners } from 'node:events'
import type { Context } from '@temporalio/activity'

/** How long the page under way may go on once the flow has cancelled the activity. */
const GRACE_MS = 5000

/** Distinguishes a flow that wants its slice back from an activity that must end at once. */
export class SliceEnd {
  readonly #context: Pick<Context, 'cancellationSignal' | 'cancellationDetails'>
  readonly #graceMs: number
  readonly #hard = new AbortController()
  readonly #soft = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(
    context: Pick<Context, 'cancellationSignal' | 'cancellationDetails'>,
    graceMs = GRACE_MS,
  ) {
    this.#context = context
    this.#graceMs = graceMs
    // Every request that is under way listens.
    setMaxListeners(0, this.signal, this.interrupted)
    const { cancellationSignal } = context
    if (cancellationSignal.aborted) this.#onAbort()
    else cancellationSignal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Aborted when nothing may go on: a worker that goes down, a run that is gone, the grace that is over. */
  get signal(): AbortSignal {
    return this.#hard.signal
  }

  /** Aborted when the flow has cancelled the activity: the page under way is finished. */
  get interrupted(): AbortSignal {
    return this.#soft.signal
  }

  /** A heartbeat past the SDK was answered that the activity is cancelled. */
  cancelled(): void {
    if (this.interrupted.aborted) return
    this.#soft.abort()
    this.#timer = setTimeout(() => {
      this.#hard.abort()
    }, this.#graceMs)
  }

  /** The activity's flow has ended, or another attempt goes on in its place. */
  gone(): void {
    this.#hard.abort()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#context.cancellationSignal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => {
    const details = this.#context.cancellationDetails
    const { cancelRequested = false, workerShutdown = false } = details ?? {}
    if (cancelRequested && !workerShutdown) this.cancelled()
    else this.#hard.abort()
  }
}
