import { expect, it } from 'vitest'
import type { SyncWait } from '../../../src/contract/sync.js'
import { addWait, MAX_WAITS } from '../../../workflows/sync/sync-waits.js'

it('waits are summed by connection and reason', () => {
  let waits: readonly SyncWait[] = []
  for (const ms of [1000, 500]) waits = addWait(waits, { connection: 'shop/acme', why: '429', ms })
  waits = addWait(waits, { connection: 'erp/default', why: '429', ms: 7 })
  waits = addWait(waits, { why: '429', ms: 9 })
  expect(waits).toEqual([
    { connection: 'shop/acme', why: '429', times: 2, totalMs: 1500 },
    { connection: 'erp/default', why: '429', times: 1, totalMs: 7 },
    { why: '429', times: 1, totalMs: 9 },
  ])
})

it('there are never more than so many rows, and the sum of all is right', () => {
  let waits: readonly SyncWait[] = []
  for (let index = 0; index < 100; index += 1)
    waits = addWait(waits, { connection: 'shop/acme', why: `reason ${String(index)}`, ms: 10 })
  waits = addWait(waits, { connection: 'shop/acme', why: 'reason 3', ms: 10 })
  expect(waits).toHaveLength(MAX_WAITS)
  expect(waits.at(-1)).toEqual({ why: 'other', times: 81, totalMs: 810 })
  expect(waits.reduce((sum, { totalMs }) => sum + totalMs, 0)).toBe(1010)
  expect(waits.find(({ why }) => why === 'reason 3')?.times).toBe(2)
})
