import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
} from '@temporalio/common'
import { describe, expect, test } from 'vitest'
import { createFailure, failureCode } from '../../../src/contract/failure.js'
import { afterCancellation } from '../../../workflows/flow/cancelled-call.js'

const ended = (cause: Error): ActivityFailure =>
  new ActivityFailure(
    'Activity task failed',
    'tokenkeeper.call',
    '1',
    'CANCEL_REQUESTED',
    'x',
    cause,
  )
const timedOut = (told: unknown): ActivityFailure =>
  ended(new TimeoutFailure('activity Heartbeat timeout', told, 'HEARTBEAT'))
const after = (error: unknown): unknown => afterCancellation(error, 'erp/default', 'orders.create')

describe('a call that was being cancelled, whose activity', () => {
  test('went away with a write under way that must not be repeated, tells that', () => {
    expect(failureCode(after(timedOut({ phase: 'sent' })))).toBe('AmbiguousWrite')
  })

  test.each([{ phase: 'open' }, undefined, null, 'sent'])(
    'went away, and had noted %j last, is cancelled',
    (told) => {
      expect(after(timedOut(told))).toBeInstanceOf(CancelledFailure)
    },
  )

  test('failed in a way that would have been tried again, is cancelled', () => {
    const unavailable = ended(createFailure('UpstreamUnavailable', 'is down'))
    expect(after(unavailable)).toBeInstanceOf(CancelledFailure)
  })

  test('failed for good, or stopped, says so as ever', () => {
    const errors = [
      ended(createFailure('UpstreamRejected', 'no')),
      ended(createFailure('AmbiguousWrite', 'who knows')),
      ended(new CancelledFailure('cancelled')),
      ApplicationFailure.nonRetryable('of the flow'),
    ]
    for (const error of errors) expect(after(error)).toBe(error)
  })
})
