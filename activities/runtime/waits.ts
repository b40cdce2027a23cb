import { setTimeout as timeout } from 'node:timers/promises'
import { CancelledFailure } from '@temporalio/activity'

/** A wait up to this long is sat out in the activity; a longer one becomes a timer of the flow. */
export const SHORT_WAIT_MS = 2000

/** Waits a little, at least 50 ms. @throws CancelledFailure as soon as the signal is aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timeout(Math.max(ms, 50), undefined, { signal })
  } catch {
    throw new CancelledFailure('cancelled')
  }
}

/**
 * What some work gives, or undefined as soon as the signal is aborted. Leaves nothing behind at the
 * signal, as a race with a promise of it would.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let stop = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => {
      resolve(undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * Waits for one piece of work after the other until a signal is aborted, with one listener of the signal for
 * all of them. Nothing of a work is held once it has ended: this object is old, and what it holds is kept by
 * the garbage collector.
 */
export class Interruption {
  readonly #signal: AbortSignal
  #resolve: ((nothing: undefined) => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#tell, { once: true })
  }

  /** What the work gives, or undefined as soon as the signal is aborted. One work at a time. */
  during<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.#signal.aborted) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      const ending =
        <Ended>(end: (how: Ended) => void) =>
        (how: Ended): void => {
          this.#resolve = undefined
          end(how)
        }
      work.then(ending<T>(resolve), ending<unknown>(reject))
    })
  }

  stop(): void {
    this.#signal.removeEventListener('abort', this.#tell)
  }

  readonly #tell = (): void => this.#resolve?.(undefined)
}
