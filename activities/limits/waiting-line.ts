import { CancelledFailure } from '@temporalio/activity'

interface WaitingCall {
  readonly untilMs: number
  readonly go: () => void
  readonly leave: (why: Error) => void
}

/** Who waits for a turn, first come first served. */
export class WaitingLine {
  readonly #look: () => void
  readonly #waiting: WaitingCall[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param look is called when there may be something to do */
  constructor(look: () => void) {
    this.#look = look
  }

  get length(): number {
    return this.#waiting.length
  }

  /** Resolves when it is served. @throws CancelledFailure as soon as the signal is aborted */
  async join(untilMs: number, signal: AbortSignal): Promise<void> {
    const cancelled = new AbortController()
    try {
      await new Promise<void>((resolve, reject) => {
        const one: WaitingCall = { untilMs, go: resolve, leave: reject }
        const cancel = (): void => {
          const index = this.#waiting.indexOf(one)
          if (index >= 0) this.#waiting.splice(index, 1)
          reject(new CancelledFailure('cancelled'))
        }
        if (signal.aborted) {
          reject(new CancelledFailure('cancelled'))
          return
        }
        signal.addEventListener('abort', cancel, { once: true, signal: cancelled.signal })
        this.#waiting.push(one)
      })
    } finally {
      cancelled.abort()
    }
  }

  serve(): void {
    this.#waiting.shift()?.go()
  }

  /** Sends away those who have waited long enough. */
  turnAway(isOver: (untilMs: number) => boolean, why: (before: number) => Error): void {
    const staying = this.#waiting.filter((one, before) => {
      if (!isOver(one.untilMs)) return true
      one.leave(why(before))
      return false
    })
    this.#waiting.splice(0, this.#waiting.length, ...staying)
  }

  /** Looks again when the next turn comes, or when the first has waited long enough. */
  lookAgain(nowMs: number, readyAtMs = Number.POSITIVE_INFINITY): void {
    clearTimeout(this.#timer)
    const [first] = this.#waiting
    if (first === undefined) return
    const inMs = Math.min(readyAtMs, first.untilMs) - nowMs
    this.#timer = setTimeout(this.#look, Math.max(1, Math.ceil(inMs)))
  }
}
