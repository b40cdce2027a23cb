import type { Client } from '@temporalio/client'
import type { ReplayVerdict } from '../../contract/replay.js'
import type { SyncCounters } from '../../contract/sync.js'
import { checkReplays } from './check-replays.js'
import type { FoundRun } from './find-ended-syncs.js'
import { readCandidate } from './read-candidate.js'
import type { EndedSync } from './read-ended-sync.js'
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
