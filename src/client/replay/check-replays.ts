import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { WorkflowFailedError } from '@temporalio/client'
import { type Duration, TimeoutFailure } from '@temporalio/common'
import {
  CHECK_REPLAY_FLOW,
  type CheckReplayInput,
  type CheckReplayResult,
  type CheckReplaySubject,
  type ReplayVerdict,
} from '../../contract/replay.js'
import type { SyncCheckpoint } from '../../contract/sync.js'
import { KEEPER_TASK_QUEUE } from '../../contract/task-queues.js'
import { TokenkeeperError } from '../errors/tokenkeeper-error.js'
import type { EndedSync } from './read-ended-sync.js'

/** Syncs that one flow checks: they share their leases. */
const CHECKS_AT_ONCE = 20
const CHECK_REPLAYS_WITHIN = '2 minutes'

export interface CheckedSyncs {
  readonly verdicts: ReadonlyMap<EndedSync, ReplayVerdict>
  readonly searchAttributes: readonly string[]
}

export interface CheckOptions {
  readonly from: 'checkpoint' | 'start'
  readonly onChecked: (done: number) => void
  /** How long a keeper worker has to answer. Default `'2 minutes'`. */
  readonly within?: Duration | undefined
}

/**
 * Asks the keeper workers whether syncs can go on: by their definition and, `from: 'checkpoint'`, by
 * reading the page at their checkpoint. Those of a task queue where nobody answers are refused.
 * @throws TokenkeeperError `NoKeeperWorker`, `Unavailable` where nobody answers for any of them
 */
export async function checkReplays(
  client: Client,
  syncs: readonly EndedSync[],
  { from, onChecked, within = CHECK_REPLAYS_WITHIN }: CheckOptions,
): Promise<CheckedSyncs> {
  const verdicts = new Map<EndedSync, ReplayVerdict>()
  const registered = new Set<string>()
  const missed: TokenkeeperError[] = []
  const groups = byTaskQueue(syncs)
  for (const [keeperTaskQueue, group] of groups)
    try {
      for (let start = 0; start < group.length; start += CHECKS_AT_ONCE) {
        const part = group.slice(start, start + CHECKS_AT_ONCE)
        const subjects = part.map(toSubject(from))
        const result = await check(client, { keeperTaskQueue, syncs: subjects }, within)
        part.forEach((sync, index) => {
          const verdict = result.verdicts[index]
          if (verdict !== undefined) verdicts.set(sync, verdict)
        })
        for (const name of result.searchAttributes) registered.add(name)
        onChecked(verdicts.size)
      }
    } catch (error) {
      if (!(error instanceof TokenkeeperError)) throw error
      missed.push(error)
      const { code, message } = error
      for (const sync of group)
        if (!verdicts.has(sync)) verdicts.set(sync, { outcome: 'refused', code, message })
      onChecked(verdicts.size)
    }
  const [first] = missed
  if (first !== undefined && missed.length === groups.size) throw first
  return { verdicts, searchAttributes: [...registered] }
}

function toSubject(from: 'checkpoint' | 'start') {
  return ({ input, progress }: EndedSync): CheckReplaySubject => {
    const { transform, incremental } = input
    // What was set aside, and what guards against cycles, are of no use here and may be long.
    const { setAside: _named, cycleGuard: _seen, ...checkpoint } = progress?.checkpoint ?? NOWHERE
    return {
      from: input.from,
      to: input.to,
      transform,
      incremental,
      checkpoint: from === 'start' || progress === undefined ? undefined : checkpoint,
    }
  }
}

const NOWHERE: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }

function byTaskQueue(syncs: readonly EndedSync[]): ReadonlyMap<string, readonly EndedSync[]> {
  const groups = new Map<string, EndedSync[]>()
  for (const sync of syncs) {
    const taskQueue = sync.input.keeperTaskQueue ?? KEEPER_TASK_QUEUE
    const group = groups.get(taskQueue) ?? []
    groups.set(taskQueue, group)
    group.push(sync)
  }
  return groups
}

async function check(
  client: Client,
  input: CheckReplayInput,
  within: Duration,
): Promise<CheckReplayResult> {
  const { keeperTaskQueue } = input
  try {
    return await client.workflow.execute<(input: CheckReplayInput) => Promise<CheckReplayResult>>(
      CHECK_REPLAY_FLOW,
      {
        workflowId: `tokenkeeper:check-replay:${randomUUID()}`,
        taskQueue: keeperTaskQueue,
        args: [input],
        workflowExecutionTimeout: within,
        staticSummary: `can ${input.syncs.length} syncs go on?`,
      },
    )
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    if (error.cause instanceof TimeoutFailure)
      throw new TokenkeeperError(
        'NoKeeperWorker',
        `Nobody on the task queue '${keeperTaskQueue}' said within ${within} whether its syncs can go on, and none of them was started: run a keeper worker of this version there, then replay again.`,
      )
    throw new TokenkeeperError(
      'Unavailable',
      `Whether the syncs of '${keeperTaskQueue}' can go on could not be checked, and none of them was started: ${error.cause?.message ?? 'unknown error'}. Look at the keeper worker's log, then replay again.`,
    )
  }
}
