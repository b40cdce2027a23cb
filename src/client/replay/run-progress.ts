import { isRecord } from '../../contract/plain-data.js'
import type { SyncCheckpoint } from '../../contract/sync.js'

/** How far a run was at its last checkpoint or heartbeat that the server has. */
export interface RunProgress {
  readonly checkpoint: SyncCheckpoint
  /** A write that must not be repeated was under way: nobody knows whether it arrived. */
  readonly unknownWrite: boolean
}

/** Everything was accepted by the sink; only the result is missing. */
export function isAtEnd({ checkpoint: { cursor, counters } }: RunProgress): boolean {
  return cursor === undefined && counters.pages > 0
}

/**
 * The furthest progress among the values that a run left, in the order in which it left them. Of two with
 * as many pages the later one is as far inside its page, or further. Values without a checkpoint are passed over.
 */
export function furthestProgress(values: readonly unknown[]): RunProgress | undefined {
  let furthest: RunProgress | undefined
  for (const value of values) {
    const progress = progressIn(value)
    if (progress === undefined) continue
    const { pages } = progress.checkpoint.counters
    if (furthest === undefined || pages >= furthest.checkpoint.counters.pages) furthest = progress
  }
  return furthest
}

/** A checkpoint as it stands in inputs and failures, or with more around it as in results and heartbeats. */
function progressIn(value: unknown): RunProgress | undefined {
  if (isSyncCheckpoint(value)) return { checkpoint: value, unknownWrite: false }
  if (!isRecord(value) || !isSyncCheckpoint(value['checkpoint'])) return undefined
  return { checkpoint: value['checkpoint'], unknownWrite: value['phase'] === 'sent' }
}

function isSyncCheckpoint(value: unknown): value is SyncCheckpoint {
  if (!isRecord(value) || !isRecord(value['counters'])) return false
  const { pages, read, written } = value['counters']
  const counted = [pages, read, written].every((count) => Number.isSafeInteger(count))
  return counted && ['string', 'undefined'].includes(typeof value['cursor'])
}
