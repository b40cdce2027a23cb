import { describe, expect, test } from 'vitest'
import {
  formatSyncPosition,
  parseSyncPosition,
} from '../../../activities/sync/reading/sync-position.js'
import { bodyAt, formatPosition, parsePosition } from '../../../activities/sync/reading/position.js'
import { withValue } from '../../../src/pagination/position.js'

const ORIGIN = 'https://shop.example'
const url = new URL('https://shop.example/v1/orders?limit=5')
const anybody = { isOwn: () => true, isProved: () => false }

describe('a position as a cursor', () => {
  test('is its path and query where it is no more than that', () => {
    const text = formatPosition({ url }, ORIGIN)
    expect(text).toBe('/v1/orders?limit=5')
    expect(parsePosition(text, { origin: ORIGIN, fields: [], ...anybody })?.url.href).toBe(url.href)
    const elsewhere = new URL('https://files.shop.example/a?b=1')
    expect(formatPosition({ url: elsewhere }, ORIGIN)).toBe(elsewhere.href)
  })

  test('holds headers, fields and what the style has to know, inside a page too', () => {
    const fields = [{ header: 'X-Cursor' }, { body: 'page.after' }]
    const [header, field] = fields as [{ header: string }, { body: string }]
    const position = {
      ...withValue(withValue({ url }, header, 'a#1.0123456789abcdef'), field, 7),
      state: { ids: ['1'] },
    }
    const page = formatPosition(position, ORIGIN)
    const accepted = { count: 3, digest: '0123456789abcdef', open: [[1, 1] as const] }
    const cursor = formatSyncPosition({ page, accepted })
    expect(parseSyncPosition(cursor)).toEqual({ page, accepted })
    expect(parseSyncPosition(page)).toEqual({ page })
    expect(parsePosition(page, { origin: ORIGIN, fields, ...anybody })).toEqual(position)
  })

  test.each([
    ['a header that its style does not set', '{"page":"/a","headers":{"x-other":"1"}}'],
    ['a field that its style does not set', '{"page":"/a","body":{"admin":"1"}}'],
    ['a part that is none', '{"page":"/a","method":"DELETE"}'],
    ['a value that is none', '{"page":"/a","headers":{"x-cursor":{}}}'],
    ['half a text', '{"page":"/a"'],
    ['no URL', 'orders'],
  ])('with %s is none', (_what, text) => {
    expect(
      parsePosition(text, { origin: ORIGIN, ...anybody, fields: [{ header: 'X-Cursor' }] }),
    ).toBeUndefined()
  })

  test('leads to its own origin only by a path', () => {
    expect(
      parsePosition('//evil.example/a', { origin: ORIGIN, fields: [], ...anybody })?.url.origin,
    ).toBe(ORIGIN)
  })
})

test.each([
  ['more than it counts', '/a#3.0123456789abcdef~0-3'],
  ['a number that no page has', '/orders#999999999.0123456789abcdef~0-9999999999'],
  ['ranges that go back', '/a#9.0123456789abcdef~5.1'],
  ['the same range again and again', `/a#999999999.0123456789abcdef~${'0-999999998.'.repeat(9)}0`],
  ['an open end', '/a#9.0123456789abcdef~5-'],
])('a place inside a page with %s is of no page', (_what, cursor) => {
  expect(parseSyncPosition(cursor).accepted).toEqual({ count: 0, digest: '', open: [] })
})

test('a place inside a page is not counted out before there is a page', () => {
  const { accepted } = parseSyncPosition('/orders#999999999.0123456789abcdef~0-999999998')
  expect(accepted).toMatchObject({ count: 999_999_999, open: [[0, 999_999_998]] })
})

test('a page of another path is one of an answer, or none', () => {
  const rules = { origin: ORIGIN, fields: [], isOwn: (of: URL) => of.pathname === '/v1/orders' }
  const isProved = (page: string, proof: string): boolean => proof === `signed ${page}`
  const elsewhere = { url: new URL('/v1/next?a=1', ORIGIN) }
  const cursor = formatPosition(elsewhere, ORIGIN, (page) => `signed ${page}`)
  expect(parsePosition(cursor, { ...rules, isProved })).toEqual(elsewhere)
  const forged = cursor.replace('/v1/next?', '/admin/export?')
  for (const text of [forged, '/admin/export?all=1', '/v1/orders/../../admin', '{"page":"/admin"}'])
    expect(parsePosition(text, { ...rules, isProved })).toBeUndefined()
})

test('fields are set beside what the body of the input says', () => {
  const base = { filter: { kind: 'order' }, page: { size: 5 } }
  expect(bodyAt(base, { 'page.after': 'x' })).toEqual({
    filter: { kind: 'order' },
    page: { size: 5, after: 'x' },
  })
  expect(bodyAt(undefined, { from: 10 })).toEqual({ from: 10 })
  expect(base).toEqual({ filter: { kind: 'order' }, page: { size: 5 } })
})
