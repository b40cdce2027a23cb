import type { ReplayVerdict } from '../../contract/replay.js'
import type { SyncCounters } from '../../contract/sync.js'
import { isAtEnd } from './run-progress.js'
import type { EndedSync } from './read-ended-sync.js'
import type { FailedReplay, ReplayedSync, ReplayOptions, SkippedSync } from './replay-options.js'

type Choices = Pick<ReplayOptions, 'from' | 'ifDead' | 'ifUnknown'>

/** Why a sync is not replayed, from what its run left; undefined: nothing speaks against it. */
export function whyNotNow(
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
export function judgeReplay(
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
  switch (verdict.verdict) {
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
