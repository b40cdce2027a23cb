import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity'
import type { WorkflowHandle } from '@temporalio/client'
import { afterEach, expect, it } from 'vitest'
import type { CheckSyncResult } from '../../src/contract/sync-slice.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import { createFailure, failureCode } from '../../src/contract/failure.js'
import type { FailureCode } from '../../src/contract/failures.js'
import { type PlayedKeepers, startPlayedSync } from './played-sync.js'
import { until } from './until.js'

/** A slice that has moved three pages. */
const MOVED: SyncCheckpoint = { counters: { pages: 3, read: 30, written: 30 }, cursor: 'three' }
const REFUSED: CheckSyncResult = {
  searchAttributes: [],
  outcome: 'refused',
  code: 'UnknownConnector',
  message: 'shop is none of the connectors of this keeper',
}

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()))
})

async function startSync(keepers: PlayedKeepers, isPaused = false): Promise<WorkflowHandle> {
  const { handle, end } = await startPlayedSync(keepers, isPaused)
  ends.push(end)
  return handle
}

async function causeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (result) => result,
    (error: unknown) => (error as Error).cause,
  )
}

/** A failure of a slice that has come to {@link MOVED}. */
function withPlace(code: FailureCode): ApplicationFailure {
  const failure = createFailure(code, `it fails with ${code}`)
  return ApplicationFailure.nonRetryable(
    failure.message,
    failure.type,
    ...(failure.details ?? []),
    MOVED,
  )
}

function placeIn(cause: unknown): unknown {
  return (cause as ApplicationFailure).details?.at(-1)
}

/** A keeper that refuses when the server knows that the slice has failed. */
async function refusedAtLast(): Promise<CheckSyncResult> {
  const { client, info } = Context.current()
  const { workflowId = '' } = info.workflowExecution ?? {}
  await until(
    async () => (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [],
    (events) => events.some((event) => event.activityTaskFailedEventAttributes),
  )
  return REFUSED
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

function turningPoint() {
  let reach: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  // A worker that has work left would not end.
  ends.unshift(async () => {
    await Promise.resolve()
    reach()
  })
  return { reached, reach }
}

/** A keeper that refuses once the slice has come so far. */
function refusedLater() {
  const { reached, reach } = turningPoint()
  const check = async (): Promise<CheckSyncResult> => {
    await reached
    return REFUSED
  }
  return { check, reach }
}

it('a refusal ends the slice that another build has begun, and its place is in the failure', async () => {
  const { check, reach } = refusedLater()
  const handle = await startSync({
    check,
    slice: async () => {
      reach()
      return await moveUntilCancelled()
    },
  })
  const cause = await causeOf(handle.result())
  expect(failureCode(cause)).toBe('UnknownConnector')
  expect(cause).toMatchObject({ message: REFUSED.message, nonRetryable: true })
  expect(placeIn(cause)).toMatchObject(MOVED)
})

it('a slice that is tried for ever on a keeper that knows nothing of it ends with the refusal', async () => {
  const handle = await startSync({
    check: () => Promise.resolve(REFUSED),
    slice: () => Promise.reject(new Error('I do not know this connector')),
  })
  expect(failureCode(await causeOf(handle.result()))).toBe('UnknownConnector')
})

it('a sync that is done before the refusal comes is done', async () => {
  const { check, reach } = refusedLater()
  const handle = await startSync({
    check,
    slice: () => {
      reach()
      return Promise.resolve({ outcome: 'done', checkpoint: MOVED })
    },
  })
  expect(await handle.result()).toMatchObject({ read: 30, written: 30 })
})

it('where the slice has failed before, the refusal carries its place', async () => {
  const handle = await startSync({
    check: refusedAtLast,
    slice: () => Promise.reject(withPlace('BadRecord')),
  })
  const cause = await causeOf(handle.result())
  expect(failureCode(cause)).toBe('UnknownConnector')
  expect(placeIn(cause)).toMatchObject(MOVED)
})

it('a write of unknown outcome is told before a refusal, with its place', async () => {
  const { check, reach } = refusedLater()
  const handle = await startSync({
    check,
    slice: async () => {
      reach()
      await moveUntilCancelled()
      throw withPlace('AmbiguousWrite')
    },
  })
  const cause = await causeOf(handle.result())
  expect(failureCode(cause)).toBe('AmbiguousWrite')
  expect(placeIn(cause)).toMatchObject(MOVED)
})

it('and so it is where the sync is cancelled before its keeper has answered', async () => {
  const { check } = refusedLater()
  const { reached: hasBegun, reach: begun } = turningPoint()
  const handle = await startSync({
    check,
    slice: async () => {
      begun()
      await moveUntilCancelled()
      throw withPlace('AmbiguousWrite')
    },
  })
  await hasBegun
  await handle.cancel()
  expect(failureCode(await causeOf(handle.result()))).toBe('AmbiguousWrite')
})

it('the last heartbeat counts of a slice whose worker dies while a refusal ends it', async () => {
  const { check, reach } = refusedLater()
  const { reached: over } = turningPoint()
  const handle = await startSync({
    check,
    slice: async () => {
      Context.current().heartbeat({ checkpoint: MOVED, phase: 'sent' })
      reach()
      await over
    },
  })
  const cause = await causeOf(handle.result())
  expect(failureCode(cause)).toBe('AmbiguousWrite')
  expect(placeIn(cause)).toMatchObject(MOVED)
}, 60_000)

it('a keeper that never answers holds back neither a result nor the cause of a failure', async () => {
  const never = refusedLater()
  const [done, failed] = await Promise.all([
    startSync({
      check: never.check,
      slice: () => Promise.resolve({ outcome: 'done', checkpoint: MOVED }),
    }),
    startSync({ check: never.check, slice: () => Promise.reject(withPlace('BadRecord')) }),
  ])
  expect(await done.result()).toMatchObject({ written: 30 })
  expect(failureCode(await causeOf(failed.result()))).toBe('BadRecord')
}, 60_000)

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
