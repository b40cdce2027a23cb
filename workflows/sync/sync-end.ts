import { log, metricMeter } from '@temporalio/workflow'
import { connectorOf } from '../../src/contract/connection-ref.js'
import { LOG_EVENTS, logFields } from '../../src/contract/log-events.js'
import { createMeasure } from '../../src/contract/measure.js'
import type { SyncTask } from './run-sync.js'

/** How a sync ended. `failed`: with the code of its failure, where it has one, and what it says. */
export type SyncEnding =
  | { readonly outcome: 'done' | 'cancelled' }
  | {
      readonly outcome: 'failed'
      readonly code?: string | undefined
      readonly message: string
    }

const EVENTS = { done: 'sync_done', cancelled: 'sync_cancelled', failed: 'sync_failed' } as const

/** Writes a line into the worker's log, and counts the sync. */
export function tellSyncEnd({ from, state, lineage }: SyncTask, ending: SyncEnding): void {
  const { outcome } = ending
  const { connection, endpoint } = from
  const { counters } = state.checkpoint
  const why = ending.outcome === 'failed' ? `: ${ending.message}` : ''
  const code = ending.outcome === 'failed' ? ending.code : undefined
  const event = EVENTS[outcome]
  const fields = { connection, endpoint, lineage, code, ...counters }
  log[LOG_EVENTS[event].level](
    `tokenkeeper: the sync of ${connection} ${endpoint} is ${outcome}${why}`,
    logFields(event, fields),
  )
  createMeasure(() => metricMeter)('tokenkeeper.sync.runs', 1, {
    connector: connectorOf(connection),
    endpoint,
    outcome: outcome === 'failed' ? (code ?? 'failed') : outcome,
  })
}
