import type { SyncProgress } from '../client/sync-progress.js'
import { printJson, printLines } from './print.js'
import type { TemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

export interface ProgressOptions extends TemporalOptions {
  readonly json?: true
}

/** `tokenkeeper progress`: how far a running sync is, and what it waits for. */
export async function progress(workflowId: string, options: ProgressOptions): Promise<void> {
  await withKeeper(options, async ({ keeper }) => {
    const report = await keeper.progress(workflowId)
    if (options.json === true) printJson(report)
    else printLines(...describe(workflowId, report))
  })
}

/** Lines for people. */
export function describe(workflowId: string, report: SyncProgress): string[] {
  const { state, connection, why, sinceMs, untilMs, note } = report
  const { pages, read, written, setAside = 0 } = report.counters
  const total = report.total === undefined ? '' : ` of ${String(report.total)}`
  return [
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
    ...(report.warnings ?? []).map((warning) => `  warning: ${warning}`),
    ...(note === undefined ? [] : [`  ${note}`]),
  ]
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
