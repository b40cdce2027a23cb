import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { WorkflowFailedError } from '@temporalio/client'
import { TimeoutFailure } from '@temporalio/common'
import {
  CHECK_REPLAY_FLOW,
  type CheckReplayInput,
  type CheckReplayResult,
  type CheckReplaySubject,
  type ReplayVerdict,
} from '../../contract/replay.js'
import type { SyncCheckpoint } from '../../contract/sync.js'
import { KEEPER_TASK_QUEUE } from '../../contract/token-activities.js'
import { TokenkeeperError } from '../tokenkeeper-error.js'
import type { EndedSync } from './read-ended-sync.js'

/** Syncs that one flow checks: they share their leases. */
const AT_ONCE = 20
const WITHIN = '2 minutes'

export interface CheckedSyncs {
  readonly verdicts: ReadonlyMap<EndedSync, ReplayVerdict>
  readonly searchAttributes: readonly string[]
}

/**
 * Asks the keeper workers whether syncs can go on: by their definition and, `from: 'checkpoint'`, by
 * reading the page at their place.
 * @throws TokenkeeperError `NoKeeperWorker`
 */
export async function checkReplays(
  client: Client,
  syncs: readonly EndedSync[],
  from: 'checkpoint' | 'start',
  onChecked: (done: number) => void,
): Promise<CheckedSyncs> {
  const verdicts = new Map<EndedSync, ReplayVerdict>()
  const registered = new Set<string>()
  for (const [keeperTaskQueue, group] of byTaskQueue(syncs))
    for (let start = 0; start < group.length; start += AT_ONCE) {
      const part = group.slice(start, start + AT_ONCE)
      const result = await check(client, { keeperTaskQueue, syncs: part.map(toSubject(from)) })
      part.forEach((sync, index) => {
        const verdict = result.verdicts[index]
        if (verdict !== undefined) verdicts.set(sync, verdict)
      })
      for (const name of result.searchAttributes) registered.add(name)
      onChecked(verdicts.size)
    }
  return { verdicts, searchAttributes: [...registered] }
}

function toSubject(from: 'checkpoint' | 'start') {
  return ({ input, place }: EndedSync): CheckReplaySubject => {
    const { transform, incremental } = input
    // What was set aside, and the loop guard's memory, are of no use here and may be long.
    const { setAside: _named, loop: _seen, ...checkpoint } = place?.checkpoint ?? NOWHERE
    return {
      from: input.from,
      to: input.to,
      ...(transform === undefined ? {} : { transform }),
      ...(incremental === undefined ? {} : { incremental }),
      ...(from === 'start' || place === undefined ? {} : { checkpoint }),
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

async function check(client: Client, input: CheckReplayInput): Promise<CheckReplayResult> {
  const { keeperTaskQueue } = input
  try {
    return await client.workflow.execute<(input: CheckReplayInput) => Promise<CheckReplayResult>>(
      CHECK_REPLAY_FLOW,
      {
        workflowId: `tokenkeeper:check-replay:${randomUUID()}`,
        taskQueue: keeperTaskQueue,
        args: [input],
        workflowExecutionTimeout: WITHIN,
        staticSummary: `can ${String(input.syncs.length)} syncs go on?`,
      },
    )
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    if (error.cause instanceof TimeoutFailure)
      throw new TokenkeeperError(
        'NoKeeperWorker',
        `Nobody on the task queue '${keeperTaskQueue}' said within ${WITHIN} whether the syncs can go on, and nothing was started: run a keeper worker of this version there, then replay again.`,
      )
    throw new TokenkeeperError(
      'Unavailable',
      `Whether the syncs can go on could not be checked on '${keeperTaskQueue}', and nothing was started: ${error.cause?.message ?? 'unknown error'}. Look at the keeper worker's log, then replay again.`,
    )
  }
}
