import type { Client } from '@temporalio/client'
import type { ReplayOptions, ReplayResult, ReplaySummary, ReplayTarget } from './replay-options.js'

/**
 * Starts runs in the stead of syncs that failed, timed out, were terminated or cancelled: each goes on
 * after what its sink has accepted, under the same workflow id and lineage. All are checked before any
 * is started, and none is started twice.
 * @throws TokenkeeperError `InvalidInput`, `NoKeeperWorker`, `Unavailable`
 */
export interface Replay {
  (workflowId: string, options?: ReplayOptions): Promise<ReplayResult>
  (target: Exclude<ReplayTarget, string>, options?: ReplayOptions): Promise<ReplaySummary>
}

export function createReplay(client: Client): Replay {
  async function replay(workflowId: string, options?: ReplayOptions): Promise<ReplayResult>
  async function replay(
    target: Exclude<ReplayTarget, string>,
    options?: ReplayOptions,
  ): Promise<ReplaySummary>
  async function replay(
    target: ReplayTarget,
    options: ReplayOptions = {},
  ): Promise<ReplayResult | ReplaySummary> {
    // A tool of operators: most clients never replay, so it is loaded when it is called.
    const { replaySyncs } = await import('./replay.js')
    if (typeof target !== 'string') return await replaySyncs(client, target, options)
    return toReplayResult(await replaySyncs(client, { workflowId: target }, options))
  }
  return replay
}

/** The one outcome in the summary of one workflow id. */
function toReplayResult({ replayed, skipped, failed }: ReplaySummary): ReplayResult {
  for (const sync of replayed) return { outcome: 'replayed', ...sync }
  for (const sync of failed) return { outcome: 'failed', ...sync }
  for (const sync of skipped) return { outcome: 'skipped', ...sync }
  throw new TypeError('a workflow id without an outcome')
}
