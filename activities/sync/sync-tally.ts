import { connectorOf } from '../../src/contract/connection-ref.js'
import type { Measure } from '../../src/contract/measure.js'
import type { SyncCheckpoint, SyncEnd } from '../../src/contract/sync.js'

/** A board shows no less than this, and to count at each page costs a percent of a small one. */
const EVERY_MS = 500

/** Counts in the metrics what lies between one position of a sync and the next one. */
export class SyncTally {
  readonly #measure: Measure
  readonly #labels: { readonly connector: string; readonly endpoint: string }
  #before: SyncCheckpoint['counters']
  #now: SyncCheckpoint['counters']
  #countedAtMs = Number.NEGATIVE_INFINITY

  constructor(measure: Measure, { connection, endpoint }: SyncEnd, start: SyncCheckpoint) {
    this.#measure = measure
    this.#labels = { connector: connectorOf(connection), endpoint }
    this.#before = start.counters
    this.#now = start.counters
  }

  /** The sync has come to a position. It counts soon, at the latest with {@link count}. */
  reached({ counters }: SyncCheckpoint): void {
    this.#now = counters
    const nowMs = performance.now()
    if (nowMs < this.#countedAtMs + EVERY_MS) return
    this.#countedAtMs = nowMs
    this.count()
  }

  count(): void {
    const labels = this.#labels
    const before = this.#before
    const counters = this.#now
    this.#before = counters
    const written = counters.written - before.written
    const aside = (counters.setAside ?? 0) - (before.setAside ?? 0)
    const pages = counters.pages - before.pages
    if (pages > 0) this.#measure('tokenkeeper.sync.pages', pages, labels)
    if (written > 0)
      this.#measure('tokenkeeper.sync.records', written, { ...labels, outcome: 'written' })
    if (aside > 0)
      this.#measure('tokenkeeper.sync.records', aside, { ...labels, outcome: 'set_aside' })
  }
}
