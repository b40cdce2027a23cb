import { expect, test } from 'vitest'
import { paginationStyle } from '../../src/pagination/registry.js'
import { offset } from '../../src/connectors/index.js'
import { paginationSuite } from './pagination-suite.js'

const total = offset({ param: 'offset', stop: { total: { header: 'X-Total' } } })
const more = offset({ param: 'offset', stop: { more: 'more' } })

paginationSuite('offset', {
  endpoints: ['offset', 'offset-short', 'offset-total', 'offset-header', 'offset-more'],
  unreadable: {
    'a total that is missing': { paginate: total, records: [1], outcome: 'unreadable' },
    'a total that is no count': {
      paginate: total,
      headers: { 'x-total': 'many' },
      outcome: 'unreadable',
    },
    'a page without records before the total': {
      paginate: total,
      headers: { 'x-total': '5' },
      outcome: 'stuck',
    },
    'a flag that is no flag': { paginate: more, body: { more: 'maybe' }, outcome: 'unreadable' },
    'a page without records and the word of more': {
      paginate: more,
      body: { more: true },
      outcome: 'stuck',
    },
  },
  repeatedKey: 'never told',
})

test('the next offset is behind what really came, where the API gives less than it is asked for', () => {
  const paginate = offset({ param: 'offset', size: { param: 'limit', value: 100 } })
  const style = paginationStyle(paginate)
  const url = new URL('https://shop.example/?limit=100&offset=40')
  const answer = {
    url,
    asked: { url },
    isFirst: false,
    baseUrl: url,
    headers: {},
    body: {},
    records: [1, 2, 3],
  }
  const next = style.next(answer, paginate)
  const position = next.outcome === 'next' ? next.position.url.search : next.outcome
  expect(position).toBe('?limit=100&offset=43')
})

test('what the input says of offset and size goes before the definition', () => {
  const paginate = offset({
    param: { body: 'from' },
    size: { param: { body: 'size' }, value: 100 },
    stop: 'short-page',
  })
  const style = paginationStyle(paginate)
  const url = new URL('https://shop.example/')
  const asked = style.first?.({ url }, paginate, { size: 2, from: 6 }) ?? { url }
  expect(asked.body).toEqual({ size: 2, from: 6 })
  const answer = { url, asked, isFirst: true, baseUrl: url, headers: {}, body: {} }
  expect(style.next({ ...answer, records: [1, 2] }, paginate)).toMatchObject({
    position: { body: { size: 2, from: 8 } },
  })
  expect(style.next({ ...answer, records: [1] }, paginate)).toEqual({ outcome: 'end' })
})
