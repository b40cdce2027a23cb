import type { Command } from 'commander'
import type { SyncProgress } from '../client/sync-progress.js'
import { withExamples } from './help.js'
import { showOrWatch, type View, type WatchOptions, withWatch } from './output.js'
import { type TemporalOptions, withTemporalOptions } from './temporal-options.js'
import type { Line, Style } from './terminal/styled-line.js'
import { barLine } from './terminal/progress-bar.js'
import { durationText } from './terminal/time-text.js'
import { wrapTo } from './terminal/text-width.js'
import { withKeeper } from './with-keeper.js'

type ProgressOptions = TemporalOptions & WatchOptions

/** `tokenkeeper progress`: how far a running sync is, and what it waits for. */
export function addProgress(program: Command): void {
  const command = withWatch(withTemporalOptions(program.command('progress')))
    .argument('<workflow-id>', 'of a sync')
    .description('how far a running sync is, and what it waits for')
    .action(async (workflowId: string, options: ProgressOptions) => {
      await withKeeper(options, async ({ keeper }) => {
        await showOrWatch(options, async () => {
          const value = await keeper.progress(workflowId)
          return { value, lines: (view) => progressLines(workflowId, value, view) }
        })
      })
    })
  withExamples(command, [
    [
      'tokenkeeper progress sync:shop:acme:orders.list:to:erp:default:orders.upsert --watch',
      'until it ends',
    ],
  ])
}

const STYLES: Readonly<Record<SyncProgress['state'], Style>> = {
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
  const { state, connection, why, sinceMs, untilMs, note, total } = report
  const { pages, read, written, setAside = 0 } = report.counters
  const { recordsPerSecond: rate, secondsLeft } = report
  const of = connection === undefined ? '' : `${connection}: `
  const left = secondsLeft === undefined ? '' : `, about ${durationText(1000 * secondsLeft)} left`
  const counted = total === undefined ? '' : ` of ${total}`
  const texts = [
    why === undefined ? undefined : `${of}${why}`,
    sinceMs === undefined ? undefined : `since ${view.time(sinceMs)}`,
    untilMs === undefined ? undefined : `until ${view.time(untilMs)}`,
    `pages ${pages}, read ${read}${counted}, written ${written}${setAside === 0 ? '' : `, set aside ${setAside}`}`,
    total === undefined ? undefined : barLine({ label: 'written', done: written, total }, 0),
    rate === undefined ? undefined : `${rate} records a second${left}`,
    ...(report.warnings ?? []).map((warning) => `warning: ${warning}`),
    note,
  ]
  return [
    [`${workflowId}: `, { text: state, style: STYLES[state] }],
    ...texts
      .filter((text) => text !== undefined)
      .flatMap((text) => wrapTo(text, view.columns - 2).map((line) => `  ${line}`)),
  ]
}
