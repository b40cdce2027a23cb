import { ActivityFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common'
import { describe, expect, test, vi } from 'vitest'
import type { Lease } from '../../../src/contract/lease.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { pausableSlice, type PauseGate } from '../../../workflows/sync/pause-gate.js'

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  CancellationScope: { current: () => ({ consideredCancelled: false }) },
}))

const place = (pages: number, cursor?: string) => ({
  cursor,
  counters: { pages, read: pages * 10, written: pages * 10 },
})

const input: SyncSliceInput = {
  from: { connection: 'shop/acme', endpoint: 'orders.list' },
  to: { connection: 'erp/default', endpoint: 'orders.add' },
  fromLease: {
    connection: 'shop/acme',
    generation: 1,
    sealed: '' as unknown as Lease['sealed'],
    issuedAtMs: 0,
    expiresAtMs: 1,
  },
  lineage: 'sync-1/run-1',
  checkpoint: place(1, 'page 2'),
}

/** A slice whose worker dies while a pause ends it. */
async function dying(lastHeartbeatDetails: unknown, { isPause = true } = {}) {
  const timeout = new TimeoutFailure('heartbeat', lastHeartbeatDetails, TimeoutType.HEARTBEAT)
  const error = new ActivityFailure(
    'Activity task failed',
    'tokenkeeper.sync',
    '1',
    RetryState.CANCEL_REQUESTED,
    'worker',
    timeout,
  )
  let pauses = 0
  const gate = {
    whileOpen: () => Promise.resolve(),
    pauses: () => pauses,
    interruptible: () => {
      if (isPause) pauses += 1
      return Promise.reject(error)
    },
  }
  return await pausableSlice(() => Promise.reject(error), gate as unknown as PauseGate)(input)
}

describe('a slice whose worker dies while it is being paused', () => {
  test('goes on at its last place', async () => {
    expect(await dying({ checkpoint: place(3, 'page 4') })).toEqual({
      outcome: 'interrupted',
      checkpoint: place(3, 'page 4'),
    })
    expect(await dying(undefined)).toEqual({
      outcome: 'interrupted',
      checkpoint: input.checkpoint,
    })
  })

  test('is done where its last page was accepted: a place without a cursor is the first page', async () => {
    expect(await dying({ checkpoint: place(3), done: true })).toEqual({
      outcome: 'done',
      checkpoint: place(3),
    })
  })

  test('does not repeat a write that must not be repeated', async () => {
    const slice = dying({ checkpoint: place(3, 'page 4'), phase: 'sent' })
    await expect(slice).rejects.toMatchObject({
      type: 'AmbiguousWrite',
      nonRetryable: true,
      message: expect.stringContaining('erp/default orders.add') as unknown,
      details: [
        { code: 'AmbiguousWrite', connection: 'erp/default', endpoint: 'orders.add' },
        place(3, 'page 4'),
      ],
    })
  })

  test('of no pause is the failure that it is', async () => {
    const slice = dying({ checkpoint: place(3, 'page 4') }, { isPause: false })
    await expect(slice).rejects.toBeInstanceOf(ActivityFailure)
  })
})
