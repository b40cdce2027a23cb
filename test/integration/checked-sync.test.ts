import { randomUUID } from 'node:crypto'
import { CancelledFailure, Context } from '@temporalio/activity'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterEach, expect, inject, it } from 'vitest'
import type { CheckSyncResult, SyncSliceInput } from '../../src/contract/sync-slice.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import { failureCode } from '../../src/contract/failure.js'
import { syncQueueOf } from '../../src/contract/task-queues.js'
import { testBundle } from './stage.js'

/** A slice that has moved three pages. */
const MOVED: SyncCheckpoint = { counters: { pages: 3, read: 30, written: 30 }, cursor: 'three' }
const REFUSED: CheckSyncResult = {
  searchAttributes: [],
  outcome: 'refused',
  code: 'UnknownConnector',
  message: 'shop is none of the connectors of this keeper',
}

interface Played {
  readonly check: () => Promise<CheckSyncResult>
  readonly slice: (input: SyncSliceInput) => Promise<unknown>
}

let end: () => Promise<void> = () => Promise.resolve()
afterEach(() => end())

/** Runs a sync whose keepers are played: the one that checks it and the one that moves its pages may be of two builds. */
async function startSync({ check, slice }: Played, isPaused = false) {
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
      activities: { 'tokenkeeper.sync': slice },
    }),
  ])
  const running = [checking.run(), moving.run()]
  const client = new Client({ connection: await Connection.connect({ address }) })
  end = async () => {
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
  return isPaused
    ? await client.workflow.signalWithStart('syncFlow', {
        ...options,
        signal: 'tokenkeeper.pause',
        signalArgs: [],
      })
    : await client.workflow.start('syncFlow', options)
}

async function causeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (result) => result,
    (error: unknown) => (error as Error).cause,
  )
}

/** Moves on until the flow wants it back. */
async function moveUntilCancelled(): Promise<unknown> {
  const context = Context.current()
  const beating = setInterval(() => {
    context.heartbeat({ checkpoint: MOVED })
  }, 100)
  await context.cancelled.catch(() => undefined)
  clearInterval(beating)
  return { outcome: 'interrupted', checkpoint: MOVED }
}

it('a refusal ends the slice that another build has begun, and its place is in the failure', async () => {
  let begun: () => void = () => undefined
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  const handle = await startSync({
    check: async () => {
      await hasBegun
      return REFUSED
    },
    slice: async () => {
      begun()
      return await moveUntilCancelled()
    },
  })
  const cause = await causeOf(handle.result())
  expect(failureCode(cause)).toBe('UnknownConnector')
  expect(cause).toMatchObject({ message: REFUSED.message, nonRetryable: true })
  expect((cause as { readonly details: readonly unknown[] }).details.at(-1)).toMatchObject(MOVED)
})

it('a slice that is tried for ever on a keeper that knows nothing of it ends with the refusal', async () => {
  const handle = await startSync({
    check: () => Promise.resolve(REFUSED),
    slice: () => Promise.reject(new Error('I do not know this connector')),
  })
  expect(failureCode(await causeOf(handle.result()))).toBe('UnknownConnector')
})

it('a sync that is done before the refusal comes is done', async () => {
  let finished: () => void = () => undefined
  const isDone = new Promise<void>((resolve) => {
    finished = resolve
  })
  const handle = await startSync({
    check: async () => {
      await isDone
      return REFUSED
    },
    slice: () => {
      finished()
      return Promise.resolve({ outcome: 'done', checkpoint: MOVED })
    },
  })
  expect(await handle.result()).toMatchObject({ read: 30, written: 30 })
})

it('a sync that is paused from its first moment is refused all the same, and moves nothing', async () => {
  let slices = 0
  const handle = await startSync(
    {
      check: () => Promise.resolve(REFUSED),
      slice: () => {
        slices += 1
        return Promise.reject(new CancelledFailure('moved while it was paused'))
      },
    },
    true,
  )
  expect(failureCode(await causeOf(handle.result()))).toBe('UnknownConnector')
  expect(slices).toBe(0)
})
