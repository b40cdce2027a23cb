import { setTimeout as delay } from 'node:timers/promises'
import {
  type Client,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client'
import { TokenkeeperError } from '../errors/tokenkeeper-error.js'
import { findRuns, isMeantRun, readFilter } from './find-ended-syncs.js'
import { paceToMs } from './pace.js'
import { type PlanInput, planReplay, type ReplayPlan } from './plan-replay.js'
import type {
  FailedReplay,
  ReplayedSync,
  ReplayOptions,
  ReplayProgress,
  ReplaySummary,
  ReplayTarget,
  SkippedSync,
} from './replay-options.js'
import { startReplay } from './start-replay.js'

const DEFAULT_PACE = '10/s'

/**
 * Replays what is found: see `Replay`.
 * @throws TokenkeeperError `InvalidInput`, `Unavailable`, `NoKeeperWorker`
 */
export async function replaySyncs(
  client: Client,
  target: Exclude<ReplayTarget, string> | { readonly workflowId: string },
  options: ReplayOptions,
): Promise<ReplaySummary> {
  const everyMs = paceToMs(options.pace ?? DEFAULT_PACE)
  if (everyMs === undefined)
    throw new TokenkeeperError('InvalidInput', `The pace is none: write '5/s', '30/m' or '100/h'.`)
  const report = options.onProgress ?? ((): void => undefined)
  try {
    const plan = await planReplay(client, { ...(await find(client, target)), options, report })
    const summary = replaySummary(plan, options.dryRun === true)
    if (options.dryRun === true) return summary
    const planned = { ...summary, dryRun: true }
    if (options.confirm !== undefined && !(await options.confirm(planned))) return planned
    return await startAll(client, plan, everyMs, report)
  } catch (error) {
    throw explainRefusal(error)
  }
}

async function find(
  client: Client,
  target: Exclude<ReplayTarget, string> | { readonly workflowId: string },
): Promise<Pick<PlanInput, 'runs' | 'isMeant'>> {
  if ('workflowId' in target) return { runs: [target] }
  if ('query' in target) return { runs: await findRuns(client, target.query) }
  const filter = await readFilter(client, target, Date.now())
  return {
    runs: await findRuns(client, filter.query),
    isMeant: (ended) => isMeantRun(filter, ended),
  }
}

async function startAll(
  client: Client,
  plan: ReplayPlan,
  everyMs: number,
  report: (progress: ReplayProgress) => void,
): Promise<ReplaySummary> {
  const replayed: ReplayedSync[] = []
  const skipped: SkippedSync[] = [...plan.skipped]
  const failed: FailedReplay[] = [...plan.failed]
  const total = plan.ready.length
  let nextMs = Date.now()
  for (const [index, { ended, sync }] of plan.ready.entries()) {
    await delay(Math.max(0, nextMs - Date.now()))
    nextMs = Math.max(nextMs + everyMs, Date.now())
    const { workflowId, runId } = sync
    try {
      const newest = await client.workflow.getHandle(workflowId).describe()
      // Checked long ago, at a slow pace: another run may have come and gone.
      if (newest.runId === runId)
        replayed.push({
          ...sync,
          newRunId: await startReplay(client, ended, sync.from, plan.searchAttributes),
        })
      else skipped.push({ workflowId, runId, why: `run ${newest.runId} has come after it` })
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError)
        skipped.push({ workflowId, runId, why: 'it was replayed already, at the same time' })
      else failed.push({ workflowId, runId, ...toFailure(error) })
    }
    report({ phase: 'starting', done: index + 1, total })
  }
  return { dryRun: false, replayed, skipped, failed }
}

function replaySummary({ ready, skipped, failed }: ReplayPlan, dryRun: boolean): ReplaySummary {
  return { dryRun, replayed: ready.map(({ sync }) => sync), skipped, failed }
}

function toFailure(error: unknown): { readonly code: string; readonly message: string } {
  const explained = explainRefusal(error)
  const code = explained instanceof TokenkeeperError ? explained.code : 'Failed'
  return { code, message: explained instanceof Error ? explained.message : 'unknown error' }
}

/** Says in tokenkeeper's words what Temporal refused; other errors are the caller's own. */
function explainRefusal(error: unknown): unknown {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (!isGrpcServiceError(cause)) return error
  return new TokenkeeperError(
    'Unavailable',
    `Temporal did not let the replay go on: ${cause.details}. What was started before goes on; repeat the command, it starts nothing twice.`,
  )
}
