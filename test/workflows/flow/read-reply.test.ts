import { describe, expect, test } from 'vitest'
import { answersFor, readReply } from '../../../workflows/flow/read-reply.js'

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

describe('a reply to a request for one connection', () => {
  const replyOf = (connection: unknown): unknown => ({
    ...granted,
    lease: { ...lease, connection },
  })

  test.each(['shop/acme-2', 'shop/acm', 'shop/ACME', 'crm/acme', '', 'shop/acme ', 'shop/acme\0'])(
    'is passed over where its lease is of %j',
    (connection) => {
      const reply = readReply(replyOf(connection))
      expect(reply).toBeDefined()
      expect(reply && answersFor(reply, 'shop/acme')).toBe(false)
    },
  )

  test.each([[undefined], [null], [['shop/acme']], [{ toString: 'shop/acme' }]])(
    'is none where its lease names %j',
    (connection) => {
      expect(readReply(replyOf(connection))).toBeUndefined()
    },
  )

  test('is taken with its own lease, and where it brings none', () => {
    for (const value of [granted, denied, waiting]) {
      const reply = readReply(value)
      expect(reply && answersFor(reply, 'shop/acme')).toBe(true)
    }
  })
})
