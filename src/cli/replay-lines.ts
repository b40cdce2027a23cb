import type { ReplayedSync, ReplaySummary } from '../client/replay/replay-options.js'

/** A summary for people: each sync on a line, with why and what to do. */
export function replayLines({ dryRun, replayed, skipped, failed }: ReplaySummary): string[] {
  return [
    `${dryRun ? 'would be replayed' : 'replayed'} ${replayed.length}`,
    ...replayed.map((sync) => `  ${sync.workflowId} ${replayLine(sync)}`),
    `skipped ${skipped.length}`,
    ...skipped.map(({ workflowId, why }) => `  ${workflowId}: ${why}`),
    `failed ${failed.length}`,
    ...failed.map(({ workflowId, code, message }) => `  ${workflowId}: ${code}: ${message}`),
  ]
}

function replayLine({ from, counters, newRunId, note }: ReplayedSync): string {
  const { pages, written } = counters
  const position =
    from === 'start' || pages === 0
      ? 'from the first page'
      : `after page ${pages} (${written} written)`
  const run = newRunId === undefined ? '' : `, run ${newRunId}`
  return `${position}${run}${note === undefined ? '' : `; ${note}`}`
}
