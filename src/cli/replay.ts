import { type Command, InvalidArgumentError, Option } from 'commander'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import type {
  ReplayFilter,
  ReplayOptions,
  ReplayProgress,
  ReplayResult,
  ReplaySummary,
  ReplayedSync,
} from '../client/replay/replay-options.js'
import {
  FAILURE_CATEGORIES,
  type FailureCategory,
  isFailureCategory,
} from '../contract/failures.js'
import { toMilliseconds } from '../contract/duration.js'
import { connectorNames } from './frame/connection-names.js'
import { EXIT } from './frame/exit-codes.js'
import { withExamples } from './frame/help.js'
import { nearestOf } from './frame/nearest.js'
import { toPaceText } from './frame/option-values.js'
import { type OutputOptions, show } from './frame/output.js'
import { printNotes, progressOnStderr } from './frame/print.js'
import { confirm, needAnswer } from './frame/prompt.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { UsageError } from './frame/usage-error.js'
import { withKeeper } from './temporal/with-keeper.js'

interface ReplayCommandOptions extends TemporalOptions, OutputOptions {
  readonly connector?: string | undefined
  readonly account?: string | undefined
  readonly since?: string | undefined
  readonly failure?: readonly FailureCategory[] | undefined
  readonly query?: string | undefined
  readonly from: 'checkpoint' | 'start'
  readonly ifDead: 'skip' | 'start'
  readonly ifUnknown: 'skip' | 'repeat'
  readonly pace: string
  readonly dryRun?: true | undefined
  readonly yes?: true | undefined
}

/** `tokenkeeper replay`: progress and what is asked on standard error, the summary on standard output. */
export function addReplay(program: Command): void {
  const command = withTemporalOptions(program.command('replay'))
    .argument('[workflow-id]', 'of one sync')
    .description('start syncs again that ended without being done, each where it stopped')
    .option('--connector <name>', 'those that read from it or write to it')
    .option('--account <name>', 'those of this account')
    .option('--since <time>', 'those that ended since: 24h, 3d, or a moment in ISO 8601', toSince)
    .option('--failure <kind>', `${FAILURE_CATEGORIES.join(', ')}; may be repeated`, collectFailure)
    .option('--query <filter>', "those that a list filter of Temporal's finds")
    .addOption(choice('--from <place>', 'where they begin', ['checkpoint', 'start']))
    .addOption(choice('--if-dead <what>', 'whose place is of no use any more', ['skip', 'start']))
    .addOption(
      choice('--if-unknown <what>', 'whose last write has an unknown outcome', ['skip', 'repeat']),
    )
    .option('--pace <starts>', 'as 5/s, 30/m or 100/h', toPaceText, '10/s')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask')
    .action(async (workflowId: string | undefined, options: ReplayCommandOptions) => {
      await replay(workflowId, options)
    })
  withExamples(command, [
    [
      'tokenkeeper replay --connector shopify --since 24h --dry-run',
      'what would be started, and where',
    ],
    ['tokenkeeper replay --failure upstream --failure limit --pace 2/s', 'those alone, slowly'],
  ])
}

/** An option that takes one of some words; the first is the default. */
function choice(flags: string, what: string, words: readonly string[]): Option {
  return new Option(flags, what).choices(words).default(words[0])
}

function collectFailure(
  value: string,
  before: readonly FailureCategory[] | undefined,
): readonly FailureCategory[] {
  if (isFailureCategory(value)) return [...(before ?? []), value]
  throw new InvalidArgumentError(
    `There is no such kind of failure.${nearestOf(value, FAILURE_CATEGORIES)}`,
  )
}

async function replay(
  workflowId: string | undefined,
  options: ReplayCommandOptions,
): Promise<void> {
  const target = readTarget(workflowId, options)
  const { from, ifDead, ifUnknown, pace, dryRun = false } = options
  // One alone is replayed without a question.
  if (typeof target !== 'string' && !dryRun) needAnswer(options)
  const answers: boolean[] = []
  const bar = progressOnStderr()
  const more: ReplayOptions = {
    from,
    ifDead,
    ifUnknown,
    pace,
    dryRun,
    onProgress: ({ phase, done, total }) => bar.show({ label: LABELS[phase], done, total }),
    confirm: async (plan) => {
      bar.end()
      const count = plan.replayed.length
      if (count < 2 || options.yes === true) return true
      printNotes(...replayLines(plan))
      const yes = await confirm(`Replay ${count} syncs?`)
      answers.push(yes)
      return yes
    },
  }
  const summary = await withKeeper(options, async ({ client, keeper }) => {
    if (typeof target === 'string') return summaryOfOne(await keeper.replay(target, more), dryRun)
    const found = await keeper.replay(target, more)
    if (!foundNothing(found)) return found
    const known = await connectorNames(client)
    const { connector } = options
    const isUnknown = connector !== undefined && !known.includes(connector)
    printNotes(
      `No sync that ended without being done matches.${isUnknown ? nearestOf(connector, known) : ''} Connectors that have connections: ${known.join(', ') || 'none'}.`,
    )
    if (isUnknown) process.exitCode = EXIT.unknown
    return found
  }).finally(() => bar.end())
  const refused = answers.includes(false)
  if (refused) printNotes('Nothing was started.')
  show(options, { value: summary, lines: () => replayLines(summary) })
  const missed = typeof target === 'string' && summary.replayed.length === 0
  if (refused) process.exitCode = EXIT.interrupted
  else if (summary.failed.length > 0 || missed) process.exitCode = EXIT.failed
}

function foundNothing({ replayed, skipped, failed }: ReplaySummary): boolean {
  return replayed.length + skipped.length + failed.length === 0
}

function readTarget(
  workflowId: string | undefined,
  { connector, account, since, failure = [], query }: ReplayCommandOptions,
): Parameters<TokenkeeperClient['replay']>[0] | string {
  // What is empty, as a variable of a script that is not set, would mean all.
  if ([workflowId, connector, account, since, query].some((text) => text?.trim() === ''))
    throw new UsageError(
      'Which syncs are meant? A workflow id, --query, --connector, --account or --since is empty.',
    )
  const filter: ReplayFilter = {
    connector,
    account,
    since,
    failure: failure.length === 0 ? undefined : failure,
  }
  const hasFilter = Object.values(filter).some((value) => value !== undefined)
  const ways = [workflowId !== undefined, query !== undefined, hasFilter].filter(Boolean).length
  if (ways !== 1)
    throw new UsageError(
      'Say which syncs in one way: a workflow id, or --query, or some of --connector, --account, --since and --failure.',
    )
  return workflowId ?? (query === undefined ? filter : { query })
}

function summaryOfOne(result: ReplayResult, dryRun: boolean): ReplaySummary {
  const none = { dryRun, replayed: [], skipped: [], failed: [] }
  const { outcome, ...sync } = result
  return { ...none, [outcome]: [sync] }
}

const LABELS: Readonly<Record<ReplayProgress['phase'], string>> = {
  finding: 'read',
  checking: 'checked',
  starting: 'started',
}

function toSince(value: string): string {
  if (toMilliseconds(value) !== undefined || Number.isFinite(Date.parse(value))) return value
  throw new InvalidArgumentError(
    'expected a duration until now, as 24h or 3d, or a moment in ISO 8601',
  )
}

/** A summary for people: each sync on a line, with why and what to do. */
function replayLines({ dryRun, replayed, skipped, failed }: ReplaySummary): string[] {
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
