import type { FoundLease, NamedConnection } from './lease-query.js'

/** So long work waits in its slot: a call that is over by then sends no heartbeat. */
const MOST_REFRESH_WAIT_MS = 2000
/** A refresh over loopback takes about as long. */
const LOOK_EVERY_MS = 150
/** Where a refresh takes longer than work waits, nobody holds a slot for the next ones of that connector. */
const SLOW_FOR_MS = 30_000

export interface RefreshWaitsOptions {
  /** Tells the token workflow that somebody waits, within so many milliseconds. */
  readonly tell: (connection: NamedConnection, patienceMs: number) => Promise<void>
  readonly look: (connection: NamedConnection, patienceMs: number) => Promise<FoundLease>
}

/**
 * Waits for the next token of connections that have none and get one at once: their tokens ended while nobody used them, or a
 * refresh is under way. All that wait for one connection share a signal and the looks at it.
 */
export class RefreshWaits {
  readonly #options: RefreshWaitsOptions
  readonly #underWay = new Map<string, Promise<FoundLease>>()
  /** When an endpoint was slow, by connector. */
  readonly #slowAtMs = new Map<string, number>()

  constructor(options: RefreshWaitsOptions) {
    this.#options = options
  }

  /**
   * What was found in the end: granted, the last look, or `found` where it makes no sense to wait.
   * @param sinceMs when the search began, by `performance.now`
   */
  async after(
    connection: NamedConnection,
    found: FoundLease,
    { sinceMs, patienceMs }: { readonly sinceMs: number; readonly patienceMs: number },
  ): Promise<FoundLease> {
    // A token workflow that was slow to answer, as after an outage, may be quick now that it is in memory.
    const untilMs = Math.min(performance.now() + MOST_REFRESH_WAIT_MS, sinceMs + patienceMs)
    if (found.outcome === 'granted' || found.status !== 'active') return found
    if (performance.now() >= untilMs || this.#isSlow(connection)) return found
    const { name } = connection
    const underWay = this.#underWay.get(name)
    if (underWay !== undefined) return await underWay
    const wait = this.#wait(connection, found, untilMs).finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, wait)
    return await wait
  }

  async #wait(
    connection: NamedConnection,
    first: FoundLease,
    untilMs: number,
  ): Promise<FoundLease> {
    const { connector } = connection.ref
    // An impatient flow says nothing about the endpoint.
    const isWhole = untilMs - performance.now() > MOST_REFRESH_WAIT_MS / 2
    // Where it does not get through, the flow asks.
    const isTold = await this.#options.tell(connection, untilMs - performance.now()).then(
      () => true,
      () => false,
    )
    let found = first
    while (isTold && found.outcome === 'needed' && found.status === 'active') {
      const leftMs = untilMs - performance.now()
      if (leftMs <= LOOK_EVERY_MS) {
        if (isWhole) this.#slowAtMs.set(connector, performance.now())
        return found
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      found = await this.#options.look(connection, leftMs)
    }
    if (found.outcome === 'granted') this.#slowAtMs.delete(connector)
    return found
  }

  #isSlow({ ref }: NamedConnection): boolean {
    const slowAtMs = this.#slowAtMs.get(ref.connector)
    return slowAtMs !== undefined && performance.now() - slowAtMs < SLOW_FOR_MS
  }
}
