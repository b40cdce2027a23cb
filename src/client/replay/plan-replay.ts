import {
  type Client,
  isGrpcServiceError,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { ReplayVerdict } from '../../contract/replay.js'
import type { SyncCounters } from '../../contract/sync.js'
import { checkReplays } from './check-replays.js'
import type { FoundRun } from './find-ended-syncs.js'
import { type EndedSync, endedWithoutResult, readEndedSync } from './read-ended-sync.js'
import type {
  FailedReplay,
  ReplayOptions,
  ReplayProgress,
  ReplayedSync,
  SkippedSync,
} from './replay-options.js'
import { isAtEnd } from './run-progress.js'

const READS_AT_ONCE = 8

/** What is to be started, and what is not and why. */
export interface ReplayPlan {
  readonly ready: readonly { readonly ended: EndedSync; readonly sync: ReplayedSync }[]
  readonly skipped: readonly SkippedSync[]
  readonly failed: readonly FailedReplay[]
  readonly searchAttributes: readonly string[]
}

export interface PlanInput {
  readonly runs: readonly FoundRun[]
  /** Whether a run that was found is one of those that are wanted. Absent: all are. */
  readonly isMeant?: ((ended: EndedSync) => boolean) | undefined
  readonly options: Pick<ReplayOptions, 'from' | 'ifDead' | 'ifUnknown'>
  readonly report: (progress: ReplayProgress) => void
}

/** Reads the newest run of each workflow id and has it checked; starts no sync. */
export async function planReplay(client: Client, input: PlanInput): Promise<ReplayPlan> {
  const { runs, isMeant, options, report } = input
  const { from = 'checkpoint' } = options
  const skipped: SkippedSync[] = []
  const failed: FailedReplay[] = []
  const found: EndedSync[] = []
  const total = runs.length
  let done = 0
  report({ phase: 'finding', done, total })
  await inParallel(runs, READS_AT_ONCE, async (run) => {
    const read = await readCandidate(client, run, isMeant)
    if (read !== undefined && 'why' in read) skipped.push(read)
    else if (read !== undefined) {
      const skip = whyNotNow(read, options)
      if (skip === undefined) found.push(read)
      else skipped.push(skip)
    }
    done += 1
    report({ phase: 'finding', done, total })
  })
  // Those that ended first begin first; what is read in parallel comes in any order.
  found.sort((one, other) => closedAtMs(one) - closedAtMs(other))
  const { verdicts, searchAttributes } = await checkReplays(client, found, {
    from,
    onChecked: (checked) => {
      report({ phase: 'checking', done: checked, total: found.length })
    },
  })
  const ready: ReplayPlan['ready'][number][] = []
  for (const ended of found) {
    const judged = judgeReplay(ended, verdicts.get(ended) ?? { outcome: 'ready' }, options)
    if ('why' in judged) skipped.push(judged)
    else if ('code' in judged) failed.push(judged)
    else ready.push({ ended, sync: judged })
  }
  return { ready, skipped, failed, searchAttributes }
}

function closedAtMs({ description }: EndedSync): number {
  return description.closeTime?.getTime() ?? 0
}

async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items]
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}

type Choices = Pick<ReplayOptions, 'from' | 'ifDead' | 'ifUnknown'>

/** Why a sync is not replayed, from what its run left; undefined: nothing speaks against it. */
function whyNotNow(
  { progress, description: { workflowId, runId } }: EndedSync,
  { from, ifUnknown }: Choices,
): SkippedSync | undefined {
  const skip = (why: string): SkippedSync => ({ workflowId, runId, why })
  if (from !== 'start' && progress !== undefined && isAtEnd(progress))
    return skip(
      "everything was accepted by its sink before it ended, only its result is missing: nothing is left to do; replay it with from: 'start' (--from start) to read all of it again",
    )
  if (progress?.unknownWrite !== true || ifUnknown === 'repeat') return undefined
  return skip(
    `the outcome of its last write is unknown, and its sink has no key that makes a repeat harmless: look at the sink, then replay it with ifUnknown: 'repeat' (--if-unknown repeat), which may write ${from === 'start' ? 'what was written' : 'that batch'} twice`,
  )
}

/** What becomes of a sync that was checked. */
function judgeReplay(
  ended: EndedSync,
  verdict: ReplayVerdict,
  { from = 'checkpoint', ifDead }: Choices,
): ReplayedSync | SkippedSync | FailedReplay {
  const { workflowId, runId } = ended.description
  const run = { workflowId, runId }
  const plan = (begin: 'checkpoint' | 'start'): ReplayedSync => {
    const counters: SyncCounters = ended.progress?.checkpoint.counters ?? {
      pages: 0,
      read: 0,
      written: 0,
    }
    return { ...run, from: begin, counters, lineage: ended.lineage }
  }
  switch (verdict.outcome) {
    case 'ready':
      return { ...plan(from), note: verdict.note }
    case 'refused':
      return { ...run, code: verdict.code, message: verdict.message }
    case 'restart':
      if (ifDead === 'start')
        return { ...plan('start'), note: `its place is of no use any more: ${verdict.message}` }
      return {
        ...run,
        why: `it can't go on where it stopped: ${verdict.message} Replay it with ifDead: 'start' (--if-dead start) to read all of it again; what is written already is not doubled where the sink has keys`,
      }
  }
}

const SYNC_TYPE = 'syncFlow'

/**
 * The newest run of what was found where it can be replayed, else why not; undefined where it is not
 * one of those that are wanted. A run that was replayed since is judged by what it was itself. One
 * that can't be read is said to be so: nobody knows whether it is wanted, and the others are not held
 * up by it.
 */
async function readCandidate(
  client: Client,
  found: FoundRun,
  isMeant?: (ended: EndedSync) => boolean,
): Promise<EndedSync | SkippedSync | undefined> {
  const { workflowId, runId = '' } = found
  try {
    return await readRun(client, found, isMeant)
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    if (isGrpcServiceError(cause) && !(error instanceof WorkflowNotFoundError)) throw error
    return { workflowId, runId, why: HISTORY_GONE }
  }
}

async function readRun(
  client: Client,
  { workflowId, runId }: FoundRun,
  isMeant?: (ended: EndedSync) => boolean,
): Promise<EndedSync | SkippedSync | undefined> {
  const newest = await readNewest(client, workflowId)
  if (isMeant === undefined) return newest
  if (!('why' in newest)) return isMeant(newest) ? newest : undefined
  const description = await client.workflow.getHandle(workflowId, runId).describe()
  const ended = await readEndedSync(client, description)
  return ended !== undefined && isMeant(ended) ? newest : undefined
}

/** The newest run where it is one that can be replayed; else why it is not. */
async function readNewest(client: Client, workflowId: string): Promise<EndedSync | SkippedSync> {
  let description: WorkflowExecutionDescription
  try {
    description = await client.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    return {
      workflowId,
      runId: '',
      why: 'there is no workflow of this id in the namespace: mind the id, the namespace, and how long it keeps closed runs',
    }
  }
  const { runId, type, status } = description
  const skip = (why: string): SkippedSync => ({ workflowId, runId, why })
  if (type !== SYNC_TYPE)
    return skip(`it is a ${type}, and only ${SYNC_TYPE} is replayed: start it anew, or reset it`)
  if (status.name === 'COMPLETED') return skip('it has completed: nothing is left to do')
  if (!endedWithoutResult(description)) {
    const isReplay = replayedRunOf(description) !== undefined
    return skip(
      `${isReplay ? 'it was replayed already' : 'it has not ended'}: run ${runId} is ${status.name.toLowerCase()}`,
    )
  }
  return (await readEndedSync(client, description)) ?? skip(HISTORY_GONE)
}

const HISTORY_GONE =
  'its history is gone, or holds no input of a sync: it is past the retention of the namespace, or encoded by a codec that this client lacks; start it anew'

/** The run that this one was started for. */
function replayedRunOf({ memo }: WorkflowExecutionDescription): unknown {
  const own = memo?.['tokenkeeper']
  return own instanceof Object && 'replayOf' in own ? own.replayOf : undefined
}
