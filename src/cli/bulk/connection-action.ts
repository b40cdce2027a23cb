import type { Command } from 'commander'
import { paceToMs } from '../../client/replay/pace.js'
import { type ConnectionRef, formatConnection } from '../../contract/connection-ref.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import { readConnectionName } from '../frame/connection-argument.js'
import { EXIT } from '../frame/exit-codes.js'
import { explainNone, toConnectionFilter } from '../fleet/fleet-filter.js'
import { type Example, withExamples } from '../frame/help.js'
import { exitInterrupted } from '../frame/interrupt.js'
import { type OutputOptions, show, type View } from '../frame/output.js'
import { printJson, printNotes, progressOnStderr } from '../frame/print.js'
import { confirm, needAnswer } from '../frame/prompt.js'
import { showStatus } from '../fleet/show-status.js'
import { type TemporalOptions, withTemporalOptions } from '../temporal/temporal-options.js'
import { type OpenKeeper, withKeeper } from '../temporal/with-keeper.js'
import {
  type BulkOptions,
  type BulkResult,
  checkTarget,
  readDone,
  runBulk,
  withBulk,
} from './bulk-run.js'
import type { Line, Style } from '../terminal/styled-line.js'
import { tableLines } from '../terminal/table.js'

export type ActionOptions = TemporalOptions & OutputOptions & BulkOptions

/** Something that is done to one connection, or to many at a pace. */
interface ConnectionAction<Options extends ActionOptions> {
  readonly name: string
  readonly description: string
  readonly examples: readonly Example[]
  /** Without a name and a filter, all are meant. */
  readonly allByDefault?: boolean | undefined
  /**
   * Looks at the call alone, before a server is asked.
   * @param ofMany whether no one connection is named
   * @throws UsageError
   */
  readonly check?: ((options: Options, ofMany: boolean) => void) | undefined
  /** Asks for what it needs, once; what it gives is done to each connection. */
  readonly begin: (open: OpenKeeper, options: Options) => Act | Promise<Act>
  /** Further lines beside the summary of many connections. */
  readonly afterMany?: ((open: OpenKeeper) => Promise<readonly string[]>) | undefined
}

type Act = (ref: ConnectionRef) => Promise<ActionResult>

interface ActionResult {
  readonly status: ConnectionStatus
  /** Further lines beside the result. */
  readonly detail?: string | undefined
  /** Nothing was to be done. */
  readonly isSkipped?: true | undefined
}

/** Adds the command of an action. */
export function addConnectionAction<Options extends ActionOptions>(
  program: Command,
  action: ConnectionAction<Options>,
  more: (command: Command) => Command = (command) => command,
): void {
  const command = withTemporalOptions(withBulk(more(program.command(action.name))))
    .description(action.description)
    .action(async (name: string | undefined, account: string | undefined, options: Options) => {
      checkTarget(name, options, { allByDefault: action.allByDefault === true })
      const ref = name === undefined ? undefined : readConnectionName(name, account)
      const done = await readDone(options.resume)
      action.check?.(options, ref === undefined)
      if (ref === undefined && options.dryRun !== true) needAnswer(options)
      await withKeeper(options, async (open) => {
        if (ref === undefined) await actOnMany(open, action, options, done)
        else await actOnOne(open, action, options, ref)
      })
    })
  withExamples(command, action.examples)
}

async function actOnOne<Options extends ActionOptions>(
  open: OpenKeeper,
  action: ConnectionAction<Options>,
  options: Options,
  ref: ConnectionRef,
): Promise<void> {
  if (options.dryRun === true) {
    const { connection, status } = await open.keeper.status(ref.connector, ref.account)
    const result: BulkResult = { connection, outcome: 'planned', detail: `is ${status}` }
    show(options, { value: result, lines: (view) => bulkLines([result], view) })
    return
  }
  const act = await action.begin(open, options)
  const { status, detail } = await act(ref)
  if (detail !== undefined) printNotes(detail)
  showStatus(status, options)
}

async function actOnMany<Options extends ActionOptions>(
  open: OpenKeeper,
  action: ConnectionAction<Options>,
  options: Options,
  done: ReadonlySet<string>,
): Promise<void> {
  const { planned, skipped } = await findMeant(open, options, done)
  const count = planned.length
  if (options.dryRun === true || count === 0) {
    const results: readonly BulkResult[] = [
      ...planned.map(({ detail, ...ref }) => {
        return { connection: formatConnection(ref), outcome: 'planned', detail } as const
      }),
      ...skipped,
    ]
    if (count === 0 && skipped.length === 0) printNotes(await explainNone(open, options))
    writeMany(options, results, [])
    return
  }
  if (count > 1 && options.yes !== true) {
    const first = planned.slice(0, 5).map(formatConnection).join(', ')
    printNotes(`${count} connections: ${first}${count > 5 ? ', …' : ''}`)
    if (!(await confirm(`${action.name} ${count} connections?`))) {
      printNotes('Nothing was changed.')
      process.exitCode = EXIT.interrupted
      return
    }
  }
  const act = await action.begin(open, options)
  const bar = progressOnStderr()
  const stop = stopOnInterrupt()
  let finished = 0
  const run = await runBulk({
    refs: planned,
    everyMs: paceToMs(options.pace) ?? 0,
    stop: stop.signal,
    act,
    onResult: (result) => {
      finished += 1
      if (options.output === 'jsonl') printJson(result)
      bar.show({ label: action.name, done: finished, total: count })
    },
  })
  stop.end()
  bar.end()
  const after = run.isInterrupted ? [] : ((await action.afterMany?.(open)) ?? [])
  if (options.output === 'jsonl') printNotes(summaryOf(run.results), ...after)
  else writeMany(options, [...run.results, ...skipped], after)
  if (run.isInterrupted) {
    printNotes(
      `Interrupted: ${count - run.results.length} of ${count} are left. The same command with ${run.after === undefined ? '' : `--after ${run.after}`} goes on with them.`,
    )
    process.exitCode = EXIT.interrupted
  } else if (run.results.some(({ outcome }) => outcome === 'failed')) process.exitCode = EXIT.failed
}

interface Planned extends ConnectionRef {
  readonly detail: string
}

/** The connections that are meant, by name, and those that an earlier run has done. */
async function findMeant(
  { keeper }: OpenKeeper,
  options: BulkOptions,
  done: ReadonlySet<string>,
): Promise<{ readonly planned: readonly Planned[]; readonly skipped: readonly BulkResult[] }> {
  const planned: Planned[] = []
  const skipped: BulkResult[] = []
  for await (const listed of keeper.list(toConnectionFilter(options))) {
    const { connection, connector, account, status = 'unknown' } = listed
    if (options.after !== undefined && connection <= options.after) continue
    if (done.has(connection))
      skipped.push({ connection, outcome: 'skipped', why: 'an earlier run has done it' })
    else planned.push({ connector, account, detail: `is ${status}` })
  }
  const name = (ref: ConnectionRef): string => formatConnection(ref)
  return { planned: planned.sort((a, b) => (name(a) < name(b) ? -1 : 1)), skipped }
}

function writeMany(
  options: OutputOptions,
  results: readonly BulkResult[],
  after: readonly string[],
): void {
  const value = { results, notes: after }
  if (options.output === 'jsonl') {
    for (const result of results) printJson(result)
    printNotes(summaryOf(results), ...after)
  } else show(options, { value, lines: (view) => [...bulkLines(results, view), ...after] })
}

/** Ctrl-C lets what is under way finish, and tells how to go on; a second one ends at once. */
function stopOnInterrupt(): { readonly signal: AbortSignal; readonly end: () => void } {
  const stop = new AbortController()
  const interrupt = (): void => {
    stop.abort()
    printNotes('Ending with those that are under way; Ctrl-C again ends at once.')
    process.once('SIGINT', exitInterrupted)
  }
  process.removeListener('SIGINT', exitInterrupted)
  process.once('SIGINT', interrupt)
  return {
    signal: stop.signal,
    end: () => {
      process.removeListener('SIGINT', interrupt)
      process.removeListener('SIGINT', exitInterrupted)
      process.once('SIGINT', exitInterrupted)
    },
  }
}

const OUTCOME_STYLES: Readonly<Record<BulkResult['outcome'], Style>> = {
  done: 'good',
  planned: 'strong',
  skipped: 'dim',
  failed: 'bad',
}

/** How many were done, skipped and failed; and each that is not simply done. */
function bulkLines(results: readonly BulkResult[], view: View): readonly Line[] {
  if (results.length === 0) return []
  const told = results.filter((result) => result.outcome !== 'done' || result.detail !== undefined)
  const table = tableLines(
    [
      { header: 'CONNECTION', kind: 'name', cell: ({ connection }) => connection },
      {
        header: 'OUTCOME',
        cell: ({ outcome }) => ({ text: outcome, style: OUTCOME_STYLES[outcome] }),
      },
      { header: 'WHY', kind: 'text', cell: detailOf },
    ],
    told,
    view,
  )
  return told.length === 0 ? [summaryOf(results)] : [...table, '', summaryOf(results)]
}

/** `12 connections: 11 done, 1 failed` */
function summaryOf(results: readonly BulkResult[]): string {
  const counts = (['done', 'planned', 'skipped', 'failed'] as const).flatMap((outcome) => {
    const count = results.filter((result) => result.outcome === outcome).length
    return count === 0 ? [] : [`${count} ${outcome}`]
  })
  const all = results.length === 1 ? '1 connection' : `${results.length} connections`
  return counts.length === 0 ? all : `${all}: ${counts.join(', ')}`
}

function detailOf(result: BulkResult): string | undefined {
  if (result.outcome === 'failed') return `${result.code}: ${result.message}`
  return result.outcome === 'skipped' ? result.why : result.detail
}
