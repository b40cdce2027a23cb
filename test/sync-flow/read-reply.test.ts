import { describe, expect, test } from 'vitest'
import { readReply } from '../../workflows/flow/read-reply.js'

const lease = { connection: 'shop/acme', generation: 3, sealed: 'tk1.x', expiresAtMs: 1 }
const granted = { requestId: 'a', outcome: 'granted', lease }
const denied = { requestId: 'a', outcome: 'denied', code: 'ConnectionRevoked', message: 'no' }
const waiting = {
  requestId: 'a',
  outcome: 'waiting',
  status: 'paused',
  message: 'wait',
  searchAttributes: [],
}

describe('what somebody signals to a flow as a reply', () => {
  test.each([granted, denied, waiting])('is taken as it is: $outcome', (reply) => {
    expect(readReply(reply)).toBe(reply)
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'granted'],
    ['no id', { ...granted, requestId: undefined }],
    ['no outcome', { ...granted, outcome: undefined }],
    ['no lease', { ...granted, lease: undefined }],
    ['a lease without an end', { ...granted, lease: { ...lease, expiresAtMs: null } }],
    ['a code that is none', { ...denied, code: 'toString' }],
    ['no list', { ...waiting, searchAttributes: undefined }],
  ])('is passed over where it would stall the flow: %s', (_what, value) => {
    expect(readReply(value)).toBeUndefined()
  })
})
