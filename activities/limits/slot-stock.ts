import type { Portion } from '../../src/contract/limit.js'

interface Run {
  /** Theoretical arrival time of the first slot that is left. */
  firstMs: number
  count: number
  readonly intervalMs: number
  readonly earlyMs: number
}

/** The slots that a worker holds, in their order. Times are of the worker's own clock. */
export class SlotStock {
  readonly #runs: Run[] = []
  readonly #graceMs: number

  /** @param graceMs how long a slot may be used after its turn */
  constructor(graceMs: number) {
    this.#graceMs = graceMs
  }

  /** @param offsetMs what to add to the portion's times */
  add(portion: Portion, offsetMs: number): void {
    this.#runs.push({ ...portion, firstMs: portion.firstMs + offsetMs })
  }

  /** When the next slot may be used; undefined: there is none. Slots whose time is over are gone. */
  readyAtMs(nowMs: number): number | undefined {
    this.#drop((run) => {
      const lateMs = nowMs - this.#graceMs - run.firstMs
      return lateMs > 0 ? Math.ceil(lateMs / run.intervalMs) : 0
    })
    const [run] = this.#runs
    return run === undefined ? undefined : run.firstMs - run.earlyMs
  }

  take(): void {
    const [run] = this.#runs
    if (run === undefined) throw new Error('there is no slot')
    skip(run, 1)
    if (run.count === 0) this.#runs.shift()
  }

  get count(): number {
    return this.#runs.reduce((sum, run) => sum + run.count, 0)
  }

  /** When the slot after `index` others may be used; undefined: there are not so many. */
  at(index: number): number | undefined {
    let left = index
    for (const run of this.#runs) {
      if (left < run.count) return run.firstMs + left * run.intervalMs - run.earlyMs
      left -= run.count
    }
    return undefined
  }

  /** Gives up the slots that could have been used before a moment: the upstream wanted none of them. */
  dropReadyBefore(ms: number): void {
    this.#drop(({ firstMs, earlyMs, intervalMs }) => {
      const lateMs = ms - (firstMs - earlyMs)
      return lateMs > 0 ? Math.ceil(lateMs / intervalMs) : 0
    })
  }

  #drop(howMany: (run: Run) => number): void {
    for (;;) {
      const [run] = this.#runs
      if (run === undefined) return
      skip(run, Math.min(run.count, howMany(run)))
      if (run.count > 0) return
      this.#runs.shift()
    }
  }
}

function skip(run: Run, count: number): void {
  run.firstMs += count * run.intervalMs
  run.count -= count
}
