import { setTimeout as delay } from 'node:timers/promises'
import {
  type Client,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client'
import { decompileRetryPolicy } from '@temporalio/common'
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
import { isRecord, withoutUndefined } from '../../contract/plain-data.js'
import {
  onlyRegistered,
  SEARCH_ATTRIBUTES,
  syncAttributes,
} from '../../contract/search-attributes.js'
import type { SyncInput } from '../../contract/sync.js'
import type { EndedSync, StartedAttributes } from './read-ended-sync.js'

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
    const plan = await planReplay(client, {
      ...(await findTarget(client, target)),
      options,
      report,
    })
    const summary = replaySummary(plan, options.dryRun === true)
    if (options.dryRun === true) return summary
    const planned = { ...summary, dryRun: true }
    if (options.confirm !== undefined && !(await options.confirm(planned))) return planned
    return await startAll(client, plan, everyMs, report)
  } catch (error) {
    throw explainRefusal(error)
  }
}

async function findTarget(
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

/**
 * Starts a run in the stead of one that ended, under its workflow id and with all that it was started
 * with. The server takes one of several that come at once, and none while a run is open or after one
 * has completed.
 * @throws WorkflowExecutionAlreadyStartedError
 */
async function startReplay(
  client: Client,
  ended: EndedSync,
  from: 'checkpoint' | 'start',
  registered: readonly string[],
): Promise<string> {
  const { description, input, lineage, started, progress } = ended
  const { workflowId, runId, memo = {}, typedSearchAttributes, priority } = description
  const { checkpoint: _begun, carried: _ofItsRuns, ...rest } = input
  const replayOf = { workflowId, runId }
  const next: SyncInput = {
    ...rest,
    lineage,
    replayOf,
    checkpoint: from === 'start' ? undefined : progress?.checkpoint,
  }
  // What the run set about itself is no more true; what the system sets can't be given.
  const kept = typedSearchAttributes
    .getAll()
    .filter(
      ({ key }) =>
        !Object.hasOwn(SEARCH_ATTRIBUTES, key.name) && !/^(?:Temporal|BuildIds)/.test(key.name),
    )
  const own = onlyRegistered(syncAttributes(next), registered)
  const ownMemo = memo['tokenkeeper']
  const [staticSummary, staticDetails] = await Promise.all([
    description.staticSummary(),
    description.staticDetails(),
  ])
  const handle = await client.workflow.start(description.type, {
    workflowId,
    taskQueue: description.taskQueue,
    args: [next],
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    memo: { ...memo, tokenkeeper: isRecord(ownMemo) ? { ...ownMemo, replayOf } : { replayOf } },
    typedSearchAttributes: [...kept, ...own],
    ...withoutUndefined({ staticSummary, staticDetails, priority, ...timing(started) }),
  })
  return handle.firstExecutionRunId
}

/** Time-outs and retry policy as the run had them. */
function timing(started: StartedAttributes) {
  const { workflowExecutionTimeout, workflowRunTimeout, workflowTaskTimeout } = started
  return {
    workflowExecutionTimeout: protoDurationMs(workflowExecutionTimeout),
    workflowRunTimeout: protoDurationMs(workflowRunTimeout),
    workflowTaskTimeout: protoDurationMs(workflowTaskTimeout),
    retry: decompileRetryPolicy(started.retryPolicy),
  }
}

type ProtoDuration = { readonly seconds?: unknown; readonly nanos?: number | null | undefined }

/** None where it is 0, which is how the server says that there is none. */
function protoDurationMs(duration: ProtoDuration | null | undefined): number | undefined {
  const { seconds = 0, nanos } = duration ?? {}
  const ms = Number(seconds) * 1000 + Math.floor((nanos ?? 0) / 1_000_000)
  return ms > 0 ? ms : undefined
}
