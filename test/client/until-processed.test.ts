import { WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { expect, test } from 'vitest'
import { untilProcessed } from '../../src/client/connection-calls.js'

const failed = (type: string) =>
  new WorkflowUpdateFailedError('failed', ApplicationFailure.nonRetryable('said', type))

async function sendWith(errors: readonly Error[]) {
  const left = [...errors]
  let sent = 0
  const send = (): Promise<string> => {
    sent += 1
    const error = left.shift()
    return error === undefined ? Promise.resolve('answer') : Promise.reject(error)
  }
  const end = await untilProcessed(send, 1).catch((error: unknown) => error)
  return { end, sent }
}

test('an update that no worker has looked at is sent again', async () => {
  const gone = failed('UnprocessedUpdate')
  expect(await sendWith([gone, gone])).toEqual({ end: 'answer', sent: 3 })
})

test('but not for ever', async () => {
  const gone = failed('UnprocessedUpdate')
  expect(await sendWith(Array.from({ length: 20 }, () => gone))).toEqual({ end: gone, sent: 5 })
})

test('one that was refused, or whose outcome is unknown, is sent once', async () => {
  for (const error of [failed('Refused'), failed('AuthorizationUsed'), new Error('lost')])
    expect(await sendWith([error])).toEqual({ end: error, sent: 1 })
})
