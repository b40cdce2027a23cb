import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { createFailure, failureCode, failureDetails } from '../../../src/contract/failure.js'
import { toSyncFailure } from '../../../workflows/sync/sync-failure.js'

const place = (pages: number) => ({
  cursor: `page ${String(pages)}`,
  counters: { pages, read: pages, written: pages },
})

const lastDetail = (failure: unknown): unknown =>
  failure instanceof ApplicationFailure ? failure.details?.at(-1) : undefined

describe('the failure of a sync', () => {
  it('carries the place of the flow as its last detail', () => {
    const failure = toSyncFailure(
      createFailure('ConnectionNotUsable', 'not usable', { connection: 'shop/acme' }),
      place(3),
    )
    expect(failureCode(failure)).toBe('ConnectionNotUsable')
    expect(failureDetails(failure)).toMatchObject({ connection: 'shop/acme' })
    expect(lastDetail(failure)).toEqual(place(3))
    expect(failure).toMatchObject({ nonRetryable: true })
  })

  it('of an activity says itself what failed, with the place that the activity had come to', () => {
    const cause = ApplicationFailure.create({
      message: 'shop/acme has no endpoint',
      type: 'UnknownEndpoint',
      details: [{ code: 'UnknownEndpoint', connection: 'shop/acme' }, place(5)],
    })
    const error = new ActivityFailure(
      'Activity task failed',
      'tokenkeeper.sync',
      '1',
      RetryState.NON_RETRYABLE_FAILURE,
      'worker',
      cause,
    )
    const failure = toSyncFailure(error, place(3))
    expect(failure).toMatchObject({
      message: 'shop/acme has no endpoint',
      type: 'UnknownEndpoint',
      details: [{ code: 'UnknownEndpoint', connection: 'shop/acme' }, place(5)],
    })
  })
})
