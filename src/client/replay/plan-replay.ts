import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { ReplayVerdict } from '../../contract/replay.js'
import type { SyncCounters } from '../../contract/sync.js'
import { checkReplays } from './check-replays.js'
import { isAtEnd } from './furthest-place.js'
import { type EndedSync, endedWithoutResult, readEndedSync } from './read-ended-sync.js'
import type {
  FailedReplay,
  ReplayedSync,
  ReplayOptions,
  ReplayProgress,
  SkippedSync,
} from './replay-options.js'

const READS_AT_ONCE = 8
const SYNC_TYPE = 'syncFlow'

/** What is to be started, and what is not and why. */
export interface ReplayPlan {
  readonly ready: readonly { readonly ended: EndedSync; readonly sync: ReplayedSync }[]
  readonly skipped: readonly SkippedSync[]
  readonly failed: readonly FailedReplay[]
  readonly searchAttributes: readonly string[]
}

export interface PlanInput {
  readonly workflowIds: readonly string[]
  readonly isMeant: (ended: EndedSync) => boolean
  readonly options: Pick<ReplayOptions, 'from' | 'ifDead' | 'ifUnknown'>
  readonly report: (progress: ReplayProgress) => void
}

/** Reads the newest run of each workflow id and has it checked; starts no sync. */
export async function planReplay(client: Client, input: PlanInput): Promise<ReplayPlan> {
  const { workflowIds, isMeant, options, report } = input
  const { from = 'checkpoint' } = options
  const skipped: SkippedSync[] = []
  const failed: FailedReplay[] = []
  const found: EndedSync[] = []
  const total = workflowIds.length
  let done = 0
  report({ phase: 'finding', done, total })
  await inParallel(workflowIds, READS_AT_ONCE, async (workflowId) => {
    const read = await readNewest(client, workflowId)
    if ('why' in read) skipped.push(read)
    else if (isMeant(read)) {
      const why = whyNot(read, options)
      if (why === undefined) found.push(read)
      else skipped.push({ ...runOf(read), why })
    }
    done += 1
    report({ phase: 'finding', done, total })
  })
  // Those that ended first begin first; what is read in parallel comes in any order.
  found.sort((one, other) => closedAtMs(one) - closedAtMs(other))
  const { verdicts, searchAttributes } = await checkReplays(client, found, from, (checked) => {
    report({ phase: 'checking', done: checked, total: found.length })
  })
  const ready: ReplayPlan['ready'][number][] = []
  for (const ended of found) {
    const verdict = verdicts.get(ended) ?? { verdict: 'ready' }
    const judged = judge(ended, verdict, options)
    if ('why' in judged) skipped.push(judged)
    else if ('code' in judged) failed.push(judged)
    else ready.push({ ended, sync: judged })
  }
  return { ready, skipped, failed, searchAttributes }
}

/** The newest run where it is one that can be replayed; else why it is not. */
async function readNewest(client: Client, workflowId: string): Promise<EndedSync | SkippedSync> {
  let description: WorkflowExecutionDescription
  try {
    description = await client.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    return { workflowId, runId: '', why: GONE }
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
  return (await readEndedSync(client, description)) ?? skip(GONE)
}

const GONE =
  'its history is gone, or holds no input of a sync: it is past the retention of the namespace, or was encoded by a codec that this client lacks; start it anew'

function whyNot({ place }: EndedSync, { from, ifUnknown }: PlanInput['options']) {
  if (from !== 'start' && place !== undefined && isAtEnd(place))
    return "everything was accepted by its sink before it ended, only its result is missing: nothing is left to do; replay it with from: 'start' (--from start) to read all of it again"
  if (place?.unknownWrite !== true || ifUnknown === 'repeat') return undefined
  return `the outcome of its last write is unknown and the sink has no key that makes a repeat harmless: look at the sink, then replay it with ifUnknown: 'repeat' (--if-unknown repeat)${from === 'start' ? '' : '; at most that batch is written twice'}`
}

function judge(
  ended: EndedSync,
  verdict: ReplayVerdict,
  { from = 'checkpoint', ifDead }: PlanInput['options'],
): ReplayedSync | SkippedSync | FailedReplay {
  const run = runOf(ended)
  const plan = (begin: 'checkpoint' | 'start'): ReplayedSync => {
    const counters: SyncCounters = ended.place?.checkpoint.counters ?? {
      pages: 0,
      read: 0,
      written: 0,
    }
    return { ...run, from: begin, counters, lineage: ended.lineage }
  }
  switch (verdict.verdict) {
    case 'ready':
      return { ...plan(from), ...(verdict.note === undefined ? {} : { note: verdict.note }) }
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

/** The run that this one was started for. */
export function replayedRunOf({ memo }: WorkflowExecutionDescription): unknown {
  const own = memo?.['tokenkeeper']
  return own instanceof Object && 'replayOf' in own ? own.replayOf : undefined
}

function runOf({ description: { workflowId, runId } }: EndedSync) {
  return { workflowId, runId }
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
