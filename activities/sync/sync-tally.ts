import { connectorOf } from '../../src/contract/connection-ref.js'
import type { Measure } from '../../src/contract/measure.js'
import type { SyncCheckpoint, SyncEnd } from '../../src/contract/sync.js'

/** Counts in the metrics what lies between one position of a sync and the next one. */
export class SyncTally {
  readonly #measure: Measure
  readonly #labels: { readonly connector: string; readonly endpoint: string }
  #before: SyncCheckpoint['counters']

  constructor(measure: Measure, { connection, endpoint }: SyncEnd, start: SyncCheckpoint) {
    this.#measure = measure
    this.#labels = { connector: connectorOf(connection), endpoint }
    this.#before = start.counters
  }

  count({ counters }: SyncCheckpoint): void {
    const labels = this.#labels
    const before = this.#before
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
