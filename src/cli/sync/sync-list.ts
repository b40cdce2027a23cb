import { type Command, Option } from 'commander'
import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import type { SyncProgress } from '../../client/sync-progress.js'
import { searchAttributeKey } from '../../contract/search-attributes.js'
import { withExamples } from '../frame/help.js'
import { toWholeNumber } from '../frame/option-values.js'
import { showOrWatch, type View, type WatchOptions, withWatch } from '../frame/output.js'
import { printNotes } from '../frame/print.js'
import { PROGRESS_STYLES, whyText } from './progress-lines.js'
import { type TemporalOptions, withTemporalOptions } from '../temporal/temporal-options.js'
import type { Line, Style } from '../terminal/styled-line.js'
import { tableLines } from '../terminal/table.js'
import { withKeeper } from '../temporal/with-keeper.js'

interface SyncListOptions extends TemporalOptions, WatchOptions {
  readonly connector?: string | undefined
  readonly status: 'running' | 'failed' | 'all'
  readonly query?: string | undefined
  readonly limit: number
}

/** A sync in a list: what machines read too. */
export interface SyncListRow {
  readonly workflowId: string
  /** For a running sync that answers, this is what it does now: `running`, `waiting`, `parked` or `paused`. */
  readonly state: string
  readonly startedAtMs: number
  readonly endedAtMs?: number | undefined
  readonly waitingFor?: string | undefined
  readonly failure?: string | undefined
  readonly progress?: SyncProgress | undefined
}

const FAILURE_KEY = searchAttributeKey('TokenkeeperFailure')
const WAITING_FOR_KEY = searchAttributeKey('TokenkeeperWaitingFor')
const ASKED_AT_ONCE = 20
const STATUS_QUERIES = {
  running: " AND ExecutionStatus = 'Running'",
  failed: " AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated', 'Canceled')",
  all: '',
} as const

/** `tokenkeeper sync list` */
export function addSyncList(sync: Command): void {
  const command = withWatch(withTemporalOptions(sync.command('list')))
    .description('list syncs: those that run and what they wait for, or those that failed')
    .addOption(
      new Option('--status <which>', 'which ones')
        .choices(['running', 'failed', 'all'])
        .default('running'),
    )
    .option('--connector <name>', 'whose id names it as source or sink')
    .option('--query <filter>', "and what a list filter of Temporal's finds")
    .option('--limit <count>', 'at most so many, the newest first', toWholeNumber, 200)
    .action(async (options: SyncListOptions) => {
      await withKeeper(options, async ({ client, keeper }) => {
        await showOrWatch(options, async () => {
          const value = await readSyncs(client, keeper, options)
          if (value.length === 0) printNotes('No sync matches.')
          return { value, lines: (view) => syncLines(value, view) }
        })
      })
    })
  withExamples(command, [
    ['tokenkeeper sync list', 'what runs, and what it waits for'],
    ['tokenkeeper sync list --status failed --connector shopify', 'what replay would start again'],
  ])
}

async function readSyncs(
  client: Client,
  keeper: TokenkeeperClient,
  { status, query, connector, limit }: SyncListOptions,
): Promise<readonly SyncListRow[]> {
  const more = query === undefined ? '' : ` AND (${query})`
  const found: SyncListRow[] = []
  const filter = `WorkflowType = 'syncFlow'${STATUS_QUERIES[status]}${more}`
  for await (const run of client.workflow.list({ query: filter })) {
    const { workflowId, startTime, closeTime, typedSearchAttributes } = run
    if (connector !== undefined && !names(workflowId, connector)) continue
    found.push({
      workflowId,
      state: run.status.name.toLowerCase().replaceAll('_', ' '),
      startedAtMs: startTime.getTime(),
      endedAtMs: closeTime?.getTime(),
      waitingFor: typedSearchAttributes.get(WAITING_FOR_KEY),
      failure: typedSearchAttributes.get(FAILURE_KEY),
    })
    if (found.length >= limit) break
  }
  const rows: SyncListRow[] = []
  for (let at = 0; at < found.length; at += ASKED_AT_ONCE)
    rows.push(
      ...(await Promise.all(
        found.slice(at, at + ASKED_AT_ONCE).map((row) => withProgress(keeper, row)),
      )),
    )
  return rows
}

/** As `syncWorkflowId` makes them. */
function names(workflowId: string, connector: string): boolean {
  return workflowId.startsWith(`sync:${connector}:`) || workflowId.includes(`:to:${connector}:`)
}

async function withProgress(keeper: TokenkeeperClient, row: SyncListRow): Promise<SyncListRow> {
  if (row.state !== 'running') return row
  const progress = await keeper.progress(row.workflowId).catch(() => undefined)
  return progress === undefined ? row : { ...row, state: progress.state, progress }
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  ...PROGRESS_STYLES,
  completed: 'good',
  cancelled: 'dim',
}

/** A line for each sync; below it stands what the sync waits for. */
export function syncLines(rows: readonly SyncListRow[], view: View): readonly Line[] {
  if (rows.length === 0) return []
  return tableLines(
    [
      { header: 'SYNC', kind: 'name', cell: ({ workflowId }) => workflowId },
      {
        header: 'STATE',
        cell: ({ state }) => ({ text: state, style: STATE_STYLES[state] ?? 'bad' }),
      },
      { header: 'STARTED', spillsAs: 'started', cell: ({ startedAtMs }) => view.time(startedAtMs) },
      {
        header: 'PAGES',
        spillsAs: 'pages',
        cell: ({ progress }) => countText(progress?.counters.pages),
      },
      {
        header: 'WRITTEN',
        spillsAs: 'written',
        cell: ({ progress }) => countText(progress?.counters.written),
      },
      {
        header: 'WHY',
        kind: 'text',
        cell: ({ workflowId, progress, waitingFor, failure }) =>
          (progress && whyText(workflowId, progress)) ?? failure ?? waitingFor,
      },
    ],
    rows,
    view,
  )
}

function countText(count: number | undefined): string | undefined {
  return count === undefined ? undefined : String(count)
}
