import { expect, test } from 'vitest'
import { paginationStyle } from '../../src/pagination/registry.js'
import { keyset } from '../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const since = keyset({ by: { param: 'since_id', field: 'id' } })
const from = keyset({
  by: { param: 'from', field: 'at' },
  inclusive: { id: 'id' },
  size: { value: 3 },
})
const at = (...moments: readonly string[]) => moments.map((one, id) => ({ id, at: one }))

paginationSuite('keyset', {
  endpoints: [
    'since',
    'since-short',
    'updated',
    'updated-more',
    'updated-from',
    'updated-from-offset',
    'updated-from-more',
  ],
  unreadable: {
    'a record without the key': { paginate: since, records: [{ id: 1 }, {}], outcome: 'stuck' },
    'a key beyond what JSON holds exactly': {
      paginate: since,
      records: [{ id: 2 ** 60 }],
      outcome: 'stuck',
    },
    'an exclusive key that is not unique': {
      paginate: since,
      records: [{ id: 1 }, { id: 1 }],
      outcome: 'stuck',
    },
    'records that are out of order': {
      paginate: since,
      records: [{ id: 2 }, { id: 1 }],
      outcome: 'stuck',
    },
    'inclusive records that are out of order': {
      paginate: from,
      records: at('2026-01-01T00:00:01Z', '2026-01-01T00:00:00Z'),
      outcome: 'stuck',
    },
    'inclusive records without id': {
      paginate: from,
      records: [{ at: '2026-01-01T00:00:00Z' }],
      outcome: 'stuck',
    },
    'a whole page of one timestamp': {
      paginate: from,
      records: at('2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
      outcome: 'stuck',
    },
  },
  repeatedKey: 'never told',
})

paginationSuite('keyset', {
  endpoints: ['updated', 'updated-from-offset'],
  perMoment: 7,
  unreadable: {},
  repeatedKey: 'never told',
})

const asPosition = (href: string, ids?: readonly string[]) => ({
  url: new URL(href),
  state: ids === undefined ? undefined : { ids },
})
const style = paginationStyle(from)
const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:09Z']
const second = {
  url: new URL('https://shop.example/'),
  isFirst: false,
  baseUrl: new URL('https://shop.example/'),
  headers: {},
  body: {},
}

test('a record that was changed since it was read comes again, with its new timestamp', () => {
  const asked = asPosition(`https://shop.example/?from=${early}`, ['1', '2'])
  const records = [
    { id: 2, at: early },
    { id: 1, at: late },
  ]
  const next = style.next({ ...second, asked, records }, from)
  expect(next).toMatchObject({ outcome: 'next', repeated: new Set([0]) })
  expect(next).toMatchObject({ position: { state: { ids: ['1'] } } })
})

test('a source that does not look at the key it is asked for is told', () => {
  const asked = asPosition(`https://shop.example/?from=${late}`)
  const next = style.next({ ...second, asked, records: [{ id: 1, at: early }] }, from)
  expect(next).toMatchObject({
    outcome: 'stuck',
    why: expect.stringContaining('begins before') as unknown,
  })
  const again = { ...second, asked: asPosition('https://shop.example/?since_id=7') }
  const inclusive = paginationStyle(since).next({ ...again, records: [{ id: 7 }] }, since)
  expect(inclusive).toMatchObject({ why: expect.stringContaining('inclusive') as unknown })
})

test('long ids are kept as digests, and known again', () => {
  const id = 'gid://shop/Order/'.padEnd(200, '7')
  const page = (records: readonly unknown[], asked = asPosition('https://shop.example/')) =>
    style.next({ ...second, isFirst: asked.state === undefined, asked, records }, from)
  const first = page([
    { id: 'a', at: early },
    { id, at: late },
  ])
  if (first.outcome !== 'next') throw new Error('no next page')
  expect(JSON.stringify(first.position.state).length).toBeLessThan(40)
  const again = page([{ id, at: late }], first.position as ReturnType<typeof asPosition>)
  expect(again).toEqual({ outcome: 'end', repeated: new Set([0]) })
})
