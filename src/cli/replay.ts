import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import type {
  ReplayFilter,
  ReplayOptions,
  ReplayProgress,
  ReplayResult,
  ReplaySummary,
} from '../client/replay/replay-options.js'
import { type FailureCategory, isFailureCategory } from '../contract/failures.js'
import { printReplay } from './print-replay.js'
import { printJson, printLines, printNotes } from './print.js'
import { confirm } from './prompt.js'
import type { TemporalOptions } from './temporal-options.js'
import { EXIT, UsageError } from './usage-error.js'
import { withKeeper } from './with-keeper.js'

export interface ReplayCommandOptions extends TemporalOptions {
  readonly connector?: string | undefined
  readonly account?: string | undefined
  readonly since?: string | undefined
  readonly failure?: readonly string[] | undefined
  readonly query?: string | undefined
  readonly from: 'checkpoint' | 'start'
  readonly ifDead: 'skip' | 'start'
  readonly ifUnknown: 'skip' | 'repeat'
  readonly pace: string
  readonly dryRun?: true | undefined
  readonly yes?: true | undefined
  readonly json?: true | undefined
}

/**
 * `tokenkeeper replay`: progress and what is asked on standard error, the summary on standard output.
 * Exit code 1 where something failed, or the one sync that was named was not replayed.
 */
export async function replay(
  workflowId: string | undefined,
  options: ReplayCommandOptions,
): Promise<void> {
  const target = readTarget(workflowId, options)
  const { from, ifDead, ifUnknown, pace, dryRun = false } = options
  const answers: boolean[] = []
  const more: ReplayOptions = {
    from,
    ifDead,
    ifUnknown,
    pace,
    dryRun,
    onProgress: progressOnStderr(),
    confirm: async (plan) => {
      const count = plan.replayed.length
      if (count < 2 || options.yes === true) return true
      printNotes(...printReplay(plan))
      const yes = await confirm(`Replay ${count} syncs?`)
      answers.push(yes)
      return yes
    },
  }
  const summary = await withKeeper(options, async ({ client, keeper }) => {
    if (typeof target === 'string') return summaryOfOne(await keeper.replay(target, more), dryRun)
    const found = await keeper.replay(target, more)
    if (!foundNothing(found)) return found
    const known = await connectorsOf(client)
    printNotes(
      `No sync that ended without being done matches. Connectors that have connections: ${known.join(', ') || 'none'}.`,
    )
    if (options.connector !== undefined && !known.includes(options.connector))
      process.exitCode = EXIT.failed
    return found
  })
  const refused = answers.includes(false)
  if (refused) printNotes('Nothing was started.')
  if (options.json === true) printJson(summary)
  else printLines(...printReplay(summary))
  const missed = typeof target === 'string' && summary.replayed.length === 0
  if (summary.failed.length > 0 || missed || refused) process.exitCode = EXIT.failed
}

function foundNothing({ replayed, skipped, failed }: ReplaySummary): boolean {
  return replayed.length + skipped.length + failed.length === 0
}

const MOST_LOOKED_AT = 1000

/** Of the connections that there are; more than a thousand are not looked through. */
async function connectorsOf(client: Client): Promise<readonly string[]> {
  const query = "WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running'"
  const found = new Set<string>()
  let seen = 0
  for await (const { workflowId } of client.workflow.list({ query })) {
    const name = /^token:([^:]+):/.exec(workflowId)?.[1]
    if (name !== undefined) found.add(name)
    seen += 1
    if (seen >= MOST_LOOKED_AT) break
  }
  return [...found].sort()
}

function readTarget(
  workflowId: string | undefined,
  { connector, account, since, failure = [], query }: ReplayCommandOptions,
): Parameters<TokenkeeperClient['replay']>[0] | string {
  const unknown = failure.find((kind) => !isFailureCategory(kind))
  if (unknown !== undefined)
    throw new UsageError(`There is no kind of failure '${unknown}': look at --help.`)
  const filter: ReplayFilter = {
    connector,
    account,
    since,
    failure: failure.length === 0 ? undefined : (failure as readonly FailureCategory[]),
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

const SAID: Readonly<Record<ReplayProgress['phase'], string>> = {
  finding: 'read',
  checking: 'checked',
  starting: 'started',
}

/** A line each time that a tenth more is done. */
function progressOnStderr(): (progress: ReplayProgress) => void {
  let lastTenth = ''
  return ({ phase, done, total = 0 }) => {
    const tenth = `${phase} ${Math.floor((10 * done) / Math.max(1, total))}`
    if (tenth === lastTenth || total < 2) return
    lastTenth = tenth
    printNotes(`${SAID[phase]} ${done} of ${total}`)
  }
}
