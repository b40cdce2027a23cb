import { expect, it } from 'vitest'
import { readNoticeMessage } from '../../../workflows/notices/read-notice.js'

const NOTICE = {
  id: 'n1',
  type: 'connection.degraded',
  atMs: 1_800_000_000_000,
  connection: 'shop/acme',
  message: 'm',
  code: 'http_503',
  tags: ['customer:4711'],
  next: { text: 'Look at it.', command: 'npx tokenkeeper status shop acme' },
  sync: { workflowId: 'sync-1', endpoint: 'orders', to: 'erp orders' },
}
const targets = [{ kind: 'webhook', name: 'ops' }]

it('a notice is read', () => {
  expect(readNoticeMessage({ notice: NOTICE, targets })).toEqual({ notice: NOTICE, targets })
})

it.each([
  // `toISOString` throws beyond the year 275760, and a duration can't be so long.
  ['no moment of a calendar', { atMs: Number.MAX_SAFE_INTEGER }],
  ['a moment before all keepers', { atMs: -1 }],
  ['a part of a millisecond', { atMs: NOTICE.atMs + 0.5 }],
  ['tags that are no list', { tags: 'customer:4711' }],
  ['a tag that is no text', { tags: [{ toString: 1 }] }],
  ['a code that has no text', { code: { toString: 1 } }],
  ['a reason that has no text', { reason: { toString: 1 } }],
  ['a step without a text', { next: { command: 'x' } }],
  ['a step whose address is no text', { next: { text: 'x', url: {} } }],
  ['a sync without an endpoint', { sync: { workflowId: 'sync-1' } }],
])('and none that has %s', (_name, more) => {
  expect(readNoticeMessage({ notice: { ...NOTICE, ...more }, targets })).toBeUndefined()
})
