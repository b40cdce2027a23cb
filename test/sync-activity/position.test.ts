import { describe, expect, test } from 'vitest'
import { formatPlace, parsePlace } from '../../activities/sync/place.js'
import { bodyAt, formatPosition, parsePosition, withValue } from '../../activities/sync/position.js'

const ORIGIN = 'https://shop.example'
const url = new URL('https://shop.example/v1/orders?limit=5')

describe('a position as a cursor', () => {
  test('is its path and query where it is no more than that', () => {
    const text = formatPosition({ url }, ORIGIN)
    expect(text).toBe('/v1/orders?limit=5')
    expect(parsePosition(text, ORIGIN, [])?.url.href).toBe(url.href)
    const elsewhere = new URL('https://files.shop.example/a?b=1')
    expect(formatPosition({ url: elsewhere }, ORIGIN)).toBe(elsewhere.href)
  })

  test('holds headers, fields and what the style has to know, inside a page too', () => {
    const places = [{ header: 'X-Cursor' }, { body: 'page.after' }]
    const [header, field] = places as [{ header: string }, { body: string }]
    const position = {
      ...withValue(withValue({ url }, header, 'a#1.0123456789abcdef'), field, 7),
      state: { ids: ['1'] },
    }
    const page = formatPosition(position, ORIGIN)
    const accepted = { count: 3, digest: '0123456789abcdef', open: [1] }
    const cursor = formatPlace({ page, accepted })
    expect(parsePlace(cursor)).toEqual({ page, accepted })
    expect(parsePlace(page)).toEqual({ page })
    expect(parsePosition(page, ORIGIN, places)).toEqual(position)
  })

  test.each([
    ['a header that its style does not set', '{"page":"/a","headers":{"x-other":"1"}}'],
    ['a field that its style does not set', '{"page":"/a","body":{"admin":"1"}}'],
    ['a part that is none', '{"page":"/a","method":"DELETE"}'],
    ['a value that is none', '{"page":"/a","headers":{"x-cursor":{}}}'],
    ['half a text', '{"page":"/a"'],
    ['no URL', 'orders'],
  ])('with %s is none', (_what, text) => {
    expect(parsePosition(text, ORIGIN, [{ header: 'X-Cursor' }])).toBeUndefined()
  })

  test('leads to its own origin only by a path', () => {
    expect(parsePosition('//evil.example/a', ORIGIN, [])?.url.origin).toBe(ORIGIN)
  })
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
