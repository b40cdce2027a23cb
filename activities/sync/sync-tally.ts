import { connectorOf } from '../../src/contract/connection-ref.js'
import type { Measure } from '../../src/contract/measure.js'
import type { SyncCheckpoint, SyncEnd } from '../../src/contract/sync.js'

/** Counts in the metrics what lies between one place of a sync and the next one that it is told of. */
export function createSyncTally(
  measure: Measure,
  { connection, endpoint }: SyncEnd,
  start: SyncCheckpoint,
): (place: SyncCheckpoint) => void {
  const labels = { connector: connectorOf(connection), endpoint }
  let { counters: before } = start
  return ({ counters }) => {
    const written = counters.written - before.written
    const aside = (counters.setAside ?? 0) - (before.setAside ?? 0)
    const pages = counters.pages - before.pages
    before = counters
    if (pages > 0) measure('tokenkeeper.sync.pages', pages, labels)
    if (written > 0) measure('tokenkeeper.sync.records', written, { ...labels, outcome: 'written' })
    if (aside > 0) measure('tokenkeeper.sync.records', aside, { ...labels, outcome: 'set_aside' })
  }
}
