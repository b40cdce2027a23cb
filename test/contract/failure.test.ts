import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common'
import { expect, test } from 'vitest'
import { createFailure, failureCode, failureDetails } from '../../src/contract/failure.js'
import { type FailureCode, FAILURES } from '../../src/contract/failures.js'

test.each(Object.keys(FAILURES) as FailureCode[])('%s is retryable as the table says', (code) => {
  const failure = createFailure(code, 'what failed', { connection: 'shopify/acme' })
  expect(failure.type).toBe(code)
  expect(failure.nonRetryable).toBe(!FAILURES[code].retryable)
  expect(failure.details).toEqual([{ code, connection: 'shopify/acme' }])
  expect(failure.cause).toBeUndefined()
})

test('carries the delay of the next try', () => {
  const failure = createFailure('RateLimited', 'wait', {}, { nextRetryDelayMs: 1500 })
  expect(failure.nextRetryDelay).toBe(1500)
})

test('code and details are found below an ActivityFailure and a foreign wrapper', () => {
  const failure = createFailure('KeyMissing', 'needs a key', { keyId: 'ab' })
  const retry = RetryState.MAXIMUM_ATTEMPTS_REACHED
  const activity = new ActivityFailure('failed', 'tokenkeeper.call', '1', retry, 'me', failure)
  for (const error of [failure, activity, new Error('workflow failed', { cause: activity })]) {
    expect(failureCode(error)).toBe('KeyMissing')
    expect(failureDetails(error)).toEqual({ code: 'KeyMissing', keyId: 'ab' })
  }
})

test('other errors have no code', () => {
  const foreign = ApplicationFailure.create({ type: 'Theirs', details: [{ code: 'Theirs' }] })
  const loop = new Error('loop')
  loop.cause = loop
  for (const error of [foreign, loop, new Error('x'), 'KeyMissing', undefined]) {
    expect(failureCode(error)).toBeUndefined()
    expect(failureDetails(error)).toBeUndefined()
  }
})
