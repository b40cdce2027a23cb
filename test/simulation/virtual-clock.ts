interface Sleeper {
  readonly atMs: number
  readonly turn: number
  readonly wake: () => void
}

interface Condition {
  readonly isDone: () => boolean
  readonly go: () => void
}

/** A clock that jumps to the next thing that waits: hours pass in milliseconds, always in the same order. */
export class VirtualClock {
  readonly #sleepers: Sleeper[] = []
  #conditions: Condition[] = []
  #nowMs: number
  #turn = 0

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  readonly now = (): number => this.#nowMs

  /** Resolves when so much time has passed; those of one moment in the order in which they came. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.#nowMs + Math.max(0, ms), resolve)
    })
  }

  /** Calls `wake` at a moment; gives what takes it back. */
  at(atMs: number, wake: () => void): () => void {
    const sleeper = { atMs: Math.max(atMs, this.#nowMs), turn: (this.#turn += 1), wake }
    const behind = this.#sleepers.findIndex((other) => other.atMs > sleeper.atMs)
    if (behind < 0) this.#sleepers.push(sleeper)
    else this.#sleepers.splice(behind, 0, sleeper)
    return () => {
      const at = this.#sleepers.indexOf(sleeper)
      if (at >= 0) this.#sleepers.splice(at, 1)
    }
  }

  /** Resolves once a condition holds; looked at whenever something has happened. */
  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#conditions.push({ isDone, go: resolve })
    })
  }

  /** The same; false where so much time passed first. */
  async untilOrFor(isDone: () => boolean, ms: number): Promise<boolean> {
    let isLate = false
    const forget = this.at(this.#nowMs + ms, () => {
      isLate = true
    })
    await this.until(() => isLate || isDone())
    forget()
    return isDone()
  }

  /** Whether something goes on now. */
  #goOn(): boolean {
    const met = this.#conditions.filter(({ isDone }) => isDone())
    if (met.length === 0) return false
    this.#conditions = this.#conditions.filter((one) => !met.includes(one))
    for (const { go } of met) go()
    return true
  }

  /** Lets time pass until the work is done. @throws when nothing waits any more, or after `limitMs` */
  async run(isDone: () => boolean, limitMs: number): Promise<void> {
    const endMs = this.#nowMs + limitMs
    for (;;) {
      // Whatever can go on without time passing goes on first.
      await new Promise((resolve) => setImmediate(resolve))
      if (isDone()) return
      if (this.#goOn()) continue
      const next = this.#sleepers.shift()
      if (next === undefined) throw new Error('nothing waits for time to pass, and it is not done')
      if (next.atMs > endMs) throw new Error(`not done after ${String(limitMs / 1000)} s`)
      this.#nowMs = next.atMs
      next.wake()
    }
  }
}
