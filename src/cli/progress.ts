import type { SyncProgress } from '../client/sync-progress.js'
import { printJson, printLines } from './print.js'
import type { TemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

export interface ProgressOptions extends TemporalOptions {
  readonly json?: true | undefined
}

/** `tokenkeeper progress`: how far a running sync is, and what it waits for. */
export async function progress(workflowId: string, options: ProgressOptions): Promise<void> {
  await withKeeper(options, async ({ keeper }) => {
    const report = await keeper.progress(workflowId)
    if (options.json === true) printJson(report)
    else printLines(...progressLines(workflowId, report))
  })
}

/** Lines for people. */
export function progressLines(workflowId: string, report: SyncProgress): string[] {
  const { state, connection, why, sinceMs, untilMs, note } = report
  const { pages, read, written, setAside = 0 } = report.counters
  const total = report.total === undefined ? '' : ` of ${report.total}`
  const { recordsPerSecond: rate, secondsLeft } = report
  const of = connection === undefined ? '' : `${connection}: `
  const left = secondsLeft === undefined ? '' : `, about ${secondsLeft} s left`
  const lines = [
    `${workflowId}: ${state}`,
    why === undefined ? undefined : `  ${of}${why}`,
    sinceMs === undefined ? undefined : `  since ${toIso(sinceMs)}`,
    untilMs === undefined ? undefined : `  until ${toIso(untilMs)}`,
    `  pages ${pages}, read ${read}${total}, written ${written}${setAside === 0 ? '' : `, set aside ${setAside}`}`,
    rate === undefined ? undefined : `  ${rate} records a second${left}`,
    ...(report.warnings ?? []).map((warning) => `  warning: ${warning}`),
    note === undefined ? undefined : `  ${note}`,
  ]
  return lines.filter((line) => line !== undefined)
}

function toIso(ms: number): string {
  return new Date(ms).toISOString()
}
