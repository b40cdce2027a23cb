import { randomUUID } from 'node:crypto'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { inject } from 'vitest'
import type { CheckSyncResult, SyncSliceInput } from '../../src/contract/sync-slice.js'
import { syncQueueOf } from '../../src/contract/task-queues.js'
import { testBundle } from './stage.js'

/** What the two activities of a sync do. */
export interface PlayedKeepers {
  readonly check: () => Promise<CheckSyncResult>
  readonly slice: (input: SyncSliceInput) => Promise<unknown>
}

/** Runs a sync whose keepers are played: the one that checks it and the one that moves its pages may be of two builds. */
export async function startPlayedSync(
  { check, slice }: PlayedKeepers,
  isPaused = false,
): Promise<{ readonly handle: WorkflowHandle; readonly end: () => Promise<void> }> {
  const address = inject('temporalAddress')
  const taskQueue = `checked-${randomUUID().slice(0, 8)}`
  const connection = await NativeConnection.connect({ address })
  const [checking, moving] = await Promise.all([
    Worker.create({
      connection,
      taskQueue,
      workflowBundle: await testBundle(),
      activities: { 'tokenkeeper.check-sync': check },
    }),
    Worker.create({
      connection,
      taskQueue: syncQueueOf(taskQueue),
      maxHeartbeatThrottleInterval: '200ms',
      activities: { 'tokenkeeper.sync': slice },
    }),
  ])
  const running = [checking.run(), moving.run()]
  const client = new Client({ connection: await Connection.connect({ address }) })
  const end = async (): Promise<void> => {
    checking.shutdown()
    moving.shutdown()
    await Promise.all(running)
    await connection.close()
    await client.connection.close()
  }
  const input = {
    from: { connection: 'shop', endpoint: 'orders.list' },
    to: { connection: 'erp', endpoint: 'orders.write' },
    keeperTaskQueue: taskQueue,
  }
  const options = { taskQueue, workflowId: `sync-${taskQueue}`, args: [input] as [typeof input] }
  const handle = isPaused
    ? await client.workflow.signalWithStart('syncFlow', {
        ...options,
        signal: 'tokenkeeper.pause',
        signalArgs: [],
      })
    : await client.workflow.start('syncFlow', options)
  return { handle, end }
}
