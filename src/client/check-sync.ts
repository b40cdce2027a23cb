import { randomUUID } from 'node:crypto'
import { type Client, WorkflowFailedError } from '@temporalio/client'
import { TimeoutFailure } from '@temporalio/common'
import {
  CHECK_REPLAY_FLOW,
  type CheckReplayInput,
  type CheckReplayResult,
  type CheckReplaySubject,
  type ReplayVerdict,
} from '../contract/replay.js'
import { KEEPER_TASK_QUEUE } from '../contract/task-queues.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** What a sync is to be started with, as far as it is checked. */
export interface SyncToCheck extends Omit<CheckReplaySubject, 'checkpoint'> {
  /** Default `tokenkeeper`. */
  readonly keeperTaskQueue?: string | undefined
}

/**
 * Says before a sync is started what it would stumble over: its definition is looked at, and its first page
 * read once and thrown away. `warnings` is what the result would say if that page were the last, such as a field of
 * the next page that is not there. Nothing is written anywhere.
 * @throws TokenkeeperError `NoKeeperWorker`, `Unavailable`
 */
export type CheckSync = (sync: SyncToCheck) => Promise<ReplayVerdict>

const CHECK_SYNC_WITHIN = '2 minutes'

export function createSyncCheck(client: Client): CheckSync {
  return async ({ keeperTaskQueue = KEEPER_TASK_QUEUE, ...sync }) => {
    const input = { keeperTaskQueue, syncs: [sync], firstPage: true }
    try {
      const { verdicts } = await client.workflow.execute<
        (input: CheckReplayInput) => Promise<CheckReplayResult>
      >(CHECK_REPLAY_FLOW, {
        workflowId: `tokenkeeper:check-sync:${randomUUID()}`,
        taskQueue: keeperTaskQueue,
        args: [input],
        workflowExecutionTimeout: CHECK_SYNC_WITHIN,
        staticSummary: 'what would a sync stumble over?',
      })
      const [verdict] = verdicts
      if (verdict !== undefined) return verdict
      throw new TokenkeeperError('Unavailable', 'The sync was not checked: no verdict came.')
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error
      if (error.cause instanceof TimeoutFailure)
        throw new TokenkeeperError(
          'NoKeeperWorker',
          `Nobody on the task queue '${keeperTaskQueue}' checked the sync within ${CHECK_SYNC_WITHIN}: run a keeper worker of this version there.`,
        )
      throw new TokenkeeperError(
        'Unavailable',
        `The sync could not be checked: ${error.cause?.message ?? 'unknown error'}`,
      )
    }
  }
}
