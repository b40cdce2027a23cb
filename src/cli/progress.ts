import type { SyncProgress } from '../client/sync-progress.js'
import { plain } from './print-status.js'
import type { TemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

export interface ProgressOptions extends TemporalOptions {
  readonly json?: true
}

/** `tokenkeeper progress`: how far a running sync is, and what it waits for. */
export async function progress(workflowId: string, options: ProgressOptions): Promise<void> {
  await withKeeper(options, async ({ keeper }) => {
    const report = await keeper.progress(workflowId)
    process.stdout.write(
      options.json === true ? `${JSON.stringify(report)}\n` : printProgress(workflowId, report),
    )
  })
}

/** Lines for people. */
export function printProgress(workflowId: string, report: SyncProgress): string {
  const { state, connection, why, sinceMs, untilMs, note } = report
  const { pages, read, written, setAside = 0 } = report.counters
  const total = report.total === undefined ? '' : ` of ${String(report.total)}`
  const lines = [
    `${workflowId}: ${state}`,
    ...(why === undefined ? [] : [`  ${connection === undefined ? '' : `${connection}: `}${why}`]),
    ...(sinceMs === undefined ? [] : [`  since ${iso(sinceMs)}`]),
    ...(untilMs === undefined ? [] : [`  until ${iso(untilMs)}`]),
    `  pages ${String(pages)}, read ${String(read)}${total}, written ${String(written)}${setAside === 0 ? '' : `, set aside ${String(setAside)}`}`,
    ...(report.recordsPerSecond === undefined
      ? []
      : [
          `  ${String(report.recordsPerSecond)} records a second${report.secondsLeft === undefined ? '' : `, about ${String(report.secondsLeft)} s left`}`,
        ]),
    ...(note === undefined ? [] : [`  ${note}`]),
  ]
  return lines.map((line) => `${plain(line)}\n`).join('')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
