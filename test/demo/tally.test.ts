import { expect, test } from 'vitest'
import { toTable } from '../../demo/table.js'
import { type Tally, toRows } from '../../demo/tally.js'

const GOOD: Tally = {
  ordersAtShop: 3600,
  ordersAtErp: 3600,
  lost: 0,
  appliedTwice: 0,
  receivedTwice: 3,
  generations: 7,
  minTokensPerFlow: 5,
  refreshRequests: 7,
  maxRefreshesPerGeneration: 1,
  familiesRevoked: 0,
  rejections: 3,
  leases: 29,
  parked: 3,
  resumed: 2,
  replayed: 1,
  waitedSeconds: 29.4,
  callsOverLimit: 3,
  seconds: 40,
}

const broken = (tally: Tally) =>
  toRows(tally, 3)
    .filter(({ holds }) => holds === false)
    .map(({ figure }) => figure)

test('a good run breaks nothing, and every figure has its row', () => {
  expect(broken(GOOD)).toEqual([])
  const rows = toRows(GOOD, 3).map(({ figure }) => figure)
  expect(rows).toEqual(Object.keys(GOOD))
  expect(toTable(GOOD, toRows(GOOD, 3))).not.toContain('BROKEN')
})

test.each([
  { lost: 1 },
  { appliedTwice: 1 },
  { familiesRevoked: 1 },
  { maxRefreshesPerGeneration: 2 },
  { ordersAtShop: 2999 },
  { generations: 4 },
  { minTokensPerFlow: 2 },
  { rejections: 4 },
  { parked: 2 },
  { resumed: 1 },
  { replayed: 0 },
  { callsOverLimit: 4 },
] satisfies Partial<Tally>[])('%o is a broken promise', (change) => {
  expect(broken({ ...GOOD, ...change })).toEqual(Object.keys(change))
})
