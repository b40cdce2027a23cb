import type { SyncProgress } from '../../client/sync-progress.js'
import type { View } from '../frame/output.js'
import { barLine } from '../terminal/progress-bar.js'
import type { Line, Style } from '../terminal/styled-line.js'
import { wrapTo } from '../terminal/text-width.js'
import { durationText } from '../terminal/time-text.js'

export const PROGRESS_STYLES: Readonly<Record<SyncProgress['state'], Style>> = {
  running: 'good',
  waiting: 'warning',
  parked: 'bad',
  paused: 'dim',
}

/** Lines for people. */
export function progressLines(
  workflowId: string,
  report: SyncProgress,
  view: View,
): readonly Line[] {
  const { state, sinceMs, untilMs, note, total } = report
  const { pages, read, written, setAside = 0 } = report.counters
  const { recordsPerSecond: rate, secondsLeft } = report
  const left = secondsLeft === undefined ? '' : `, about ${durationText(1000 * secondsLeft)} left`
  const counted = total === undefined ? '' : ` of ${total}`
  const texts = [
    whyText(workflowId, report),
    sinceMs === undefined ? undefined : `since ${view.time(sinceMs)}`,
    untilMs === undefined ? undefined : `${UNTIL[state]} ${view.time(untilMs)}`,
    `pages ${pages}, read ${read}${counted}, written ${written}${setAside === 0 ? '' : `, set aside ${setAside}`}`,
    total === undefined ? undefined : barLine({ label: 'written', done: written, total }, 0),
    rate === undefined ? undefined : `${rate} records a second${left}`,
    ...(report.warnings ?? []).map((warning) => `warning: ${warning}`),
    note,
  ]
  return [
    [`${workflowId}: `, { text: state, style: PROGRESS_STYLES[state] }],
    ...texts
      .filter((text) => text !== undefined)
      .flatMap((text) => wrapTo(text, view.columns - 2).map((line) => `  ${line}`)),
  ]
}

/** What the moment is that a report tells. */
const UNTIL: Readonly<Record<SyncProgress['state'], string>> = {
  running: 'until',
  waiting: 'until',
  parked: 'gives up (maxWait)',
  paused: 'until',
}

/** What it waits for: with the command, where a signal would be named. */
export function whyText(workflowId: string, report: SyncProgress): string | undefined {
  const { state, connection, why } = report
  if (state === 'paused') return `paused by an operator: tokenkeeper sync resume ${workflowId}`
  return why === undefined || connection === undefined ? why : `${connection}: ${why}`
}
