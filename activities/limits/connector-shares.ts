/** How many slots one connector may take, by how many the others leave. */
export type ShareOf = (left: number) => number

/** One that asks for a place, and holds a slot meanwhile. */
interface Waiting {
  readonly go: (release: () => void) => void
}

interface Line {
  running: number
  /** When a piece of work was last over that had not taken long, or the first one began. */
  quickAtMs: number
  readonly waiting: Set<Waiting>
}

/** Where nothing has been over within such a time, an endpoint hangs: nobody waits for it in a slot any longer. */
const QUICK_MS = 1000
/** The shortest heartbeat time-out of those who wait is longer. */
const MOST_WAIT_MS = 3000

/**
 * Keeps some slots of a worker free of each connector, so that one whose endpoint hangs stops no other. Who finds the share
 * of its connector taken waits for a moment where that one is quick, and is sent away where it hangs.
 */
export class ConnectorShares {
  readonly #slots: number
  readonly #shareOf: ShareOf
  readonly #now: () => number
  readonly #lines = new Map<string, Line>()
  #running = 0

  /** @param now milliseconds of a clock that only ever goes on */
  constructor(slots: number, shareOf: ShareOf, now: () => number = () => performance.now()) {
    this.#slots = slots
    this.#shareOf = shareOf
    this.#now = now
  }

  /**
   * Does the work where the connector has a place for it. Undefined: it has none, and nothing was done.
   * @throws what the work throws
   */
  async within<T>(connector: string, work: () => Promise<T>): Promise<T | undefined> {
    const release = await this.#take(connector)
    if (release === undefined) return undefined
    try {
      return await work()
    } finally {
      release()
    }
  }

  async #take(connector: string): Promise<(() => void) | undefined> {
    const line = this.#lines.get(connector) ?? {
      running: 0,
      quickAtMs: this.#now(),
      waiting: new Set<Waiting>(),
    }
    this.#lines.set(connector, line)
    if (line.waiting.size === 0 && this.#hasPlace(line)) return this.#occupy(connector, line)
    const startedAtMs = this.#now()
    return await new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const one: Waiting = {
        go: (release) => {
          clearTimeout(timer)
          resolve(release)
        },
      }
      const look = (): void => {
        const untilMs = Math.min(line.quickAtMs + QUICK_MS, startedAtMs + MOST_WAIT_MS)
        const leftMs = Math.ceil(untilMs - this.#now())
        if (leftMs > 0) {
          timer = setTimeout(look, leftMs)
          return
        }
        line.waiting.delete(one)
        resolve(undefined)
      }
      line.waiting.add(one)
      look()
    })
  }

  #hasPlace({ running }: Line): boolean {
    const left = this.#slots - (this.#running - running)
    return running < Math.max(1, Math.floor(this.#shareOf(left)))
  }

  #occupy(connector: string, line: Line): () => void {
    this.#running += 1
    line.running += 1
    const startedAtMs = this.#now()
    return () => {
      const nowMs = this.#now()
      const isQuick = nowMs - startedAtMs < QUICK_MS
      this.#running -= 1
      line.running -= 1
      if (isQuick) line.quickAtMs = nowMs
      // One that hangs is remembered: after its time-outs others would wait for it anew.
      if (isQuick && line.running === 0 && line.waiting.size === 0) this.#lines.delete(connector)
      this.#letIn()
    }
  }

  /** A place that is given back makes the share of every connector greater. */
  #letIn(): void {
    for (const [connector, line] of this.#lines)
      for (const one of line.waiting) {
        if (!this.#hasPlace(line)) break
        line.waiting.delete(one)
        one.go(this.#occupy(connector, line))
      }
  }
}
