import { log, metricMeter } from '@temporalio/workflow'
import { connectorOf } from '../../src/contract/connection-ref.js'
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

const LEVELS = { done: 'info', cancelled: 'info', failed: 'error' } as const

/** Writes a line into the worker's log, and counts the sync. */
export function tellSyncEnd({ from, state, lineage }: SyncTask, ending: SyncEnding): void {
  const { outcome } = ending
  const { connection, endpoint } = from
  const { counters } = state.checkpoint
  const why = ending.outcome === 'failed' ? `: ${ending.message}` : ''
  const code = ending.outcome === 'failed' ? ending.code : undefined
  log[LEVELS[outcome]](`tokenkeeper: the sync of ${connection} ${endpoint} is ${outcome}${why}`, {
    event: `sync_${outcome}`,
    connection,
    endpoint,
    lineage,
    code,
    ...counters,
  })
  createMeasure(() => metricMeter)('tokenkeeper.sync.runs', 1, {
    connector: connectorOf(connection),
    endpoint,
    outcome: outcome === 'failed' ? (code ?? 'failed') : outcome,
  })
}
