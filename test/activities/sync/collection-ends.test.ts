import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  cursor,
  get,
  linkHeader,
  nextUrl,
  offset,
  pageNumber,
  post,
} from '../../../src/connectors/index.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { ReadingStage } from './reading-stage.js'
import type { Answer } from './sync-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(async () => {
  await stage.stop()
})

const items = 'campaigns'
const byCursor = cursor({ from: { body: 'next' }, to: { query: 'cursor' } })

describe('the end of a collection', () => {
  const pages =
    (...bodies: unknown[]): Answer =>
    (_seen, _request, response) => {
      sendJson(response, 200, bodies.length > 1 ? bodies.shift() : bodies[0])
    }

  test('an empty page that repeats its cursor', async () => {
    const endpoint = get('/a', {
      items,
      paginate: cursor({ from: { body: 'after_cursor' }, to: { query: 'cursor' } }),
    })
    const answer = pages(
      { campaigns: [{ id: 1 }], after_cursor: 'x' },
      { campaigns: [{ id: 2 }], after_cursor: 'y' },
      { campaigns: [], after_cursor: 'y' },
    )
    expect(await stage.read(endpoint, answer)).toMatchObject({ ids: [1, 2], pages: 3 })
    const full = pages({ campaigns: [{ id: 1 }], after_cursor: 'x' })
    expect((await stage.read(endpoint, full)).failure).toMatchObject({ type: 'AnswerInvalid' })
  })

  test('records that come again are no end, nor is a page of nothing else', async () => {
    const answer = () =>
      pages(
        { campaigns: [{ id: 1 }, { id: 2 }], next: 'a' },
        { campaigns: [{ id: 1 }, { id: 2 }], next: 'b' },
        { campaigns: [{ id: 3 }], next: null },
      )
    for (const sliced of [false, true])
      for (const id of [undefined, 'id']) {
        const endpoint = get('/a', {
          items,
          paginate: byCursor,
          id,
        })
        const all = await stage.read(endpoint, answer(), { sliced })
        expect(all).toMatchObject({ ids: [1, 2, 1, 2, 3], pages: 3, warnings: [] })
        expect(all.failure).toBeUndefined()
      }
  })

  test('an empty page whose link is its own', async () => {
    const endpoint = get('/a', { items, paginate: nextUrl({ path: 'next' }) })
    const answer = pages(
      { campaigns: [{ id: 1 }], next: '/a?p=2' },
      { campaigns: [], next: '/a?p=2' },
    )
    expect(await stage.read(endpoint, answer)).toMatchObject({ ids: [1], pages: 2 })
    for (const sliced of [false, true]) {
      const itself = await stage.read(endpoint, pages({ campaigns: [], next: '/a' }), { sliced })
      expect(itself).toMatchObject({ ids: [], pages: 1 })
      expect(itself.warnings).toEqual([expect.stringContaining('names itself')])
    }
    const full = await stage.read(endpoint, pages({ campaigns: [{ id: 1 }], next: '/a' }))
    expect(full.failure).toMatchObject({ type: 'AnswerInvalid' })
  })

  test('one empty page for ever is told: the cursor may be sent by another name', async () => {
    const empty = { campaigns: [], next: 'x', more: true }
    for (const sliced of [false, true])
      for (const paginate of [byCursor, nextUrl({ path: 'next' })]) {
        const whole = await stage.read(get('/a', { items, paginate }), pages(empty), { sliced })
        expect(whole).toMatchObject({ ids: [], pages: 2 })
        expect(whole.warnings).toEqual([expect.stringContaining('may not know the parameter')])
      }
    const flagged = get('/a', { items, paginate: { ...byCursor, more: 'more' } })
    const answer = pages({ campaigns: [{ id: 1 }], next: 'x', more: true }, empty)
    const { ids, warnings } = await stage.read(flagged, answer)
    expect([ids, warnings]).toEqual([[1], [expect.stringContaining("the flag 'more' says")]])
  })

  test.each([null, '', false, 0, '0', undefined])('a cursor that is %j', async (next) => {
    const endpoint = get('/a', { items, paginate: byCursor })
    const answer = pages({ campaigns: [{ id: 1 }], next: 'b' }, { campaigns: [{ id: 2 }], next })
    expect(await stage.read(endpoint, answer)).toMatchObject({
      ids: [1, 2],
      pages: 2,
      warnings: [],
    })
    const flagged = get('/a', { items, paginate: { ...byCursor, more: 'more' } })
    const goesOn = pages({ campaigns: [{ id: 1 }], next, more: true })
    expect((await stage.read(flagged, goesOn)).failure).toMatchObject({ type: 'AnswerInvalid' })
  })

  test('a flag that is true at the end', async () => {
    const answer = () =>
      pages(
        { campaigns: [{ id: 1 }], next: 'a', end: false },
        { campaigns: [{ id: 2 }], next: 'b', end: false },
        { campaigns: [{ id: 3 }], next: 'c', end: true },
      )
    const all = { ids: [1, 2, 3], pages: 3, warnings: [] }
    const paginate = { ...byCursor, end: 'end' }
    expect(await stage.read(get('/a', { items, paginate }), answer())).toMatchObject(all)
    const counted = get('/a', { items, paginate: offset({ param: 'o', stop: { end: 'end' } }) })
    expect(await stage.read(counted, answer())).toMatchObject(all)
    const paged = get('/a', { items, paginate: pageNumber({ param: 'p', stop: { end: 'end' } }) })
    expect(await stage.read(paged, answer())).toMatchObject(all)
    const missing = pages({ campaigns: [{ id: 1 }], next: 'a' })
    expect((await stage.read(get('/a', { items, paginate }), missing)).failure).toMatchObject({
      type: 'AnswerInvalid',
    })
  })

  test('a flag that contradicts the cursor of the first page is told', async () => {
    const one = { campaigns: [{ id: 1 }], next: 'a', end_of_stream: false, has_more: true }
    const wrong = { ...byCursor, more: 'end_of_stream' }
    const { warnings } = await stage.read(get('/a', { items, paginate: wrong }), pages(one))
    expect(warnings).toEqual([expect.stringContaining("write it as 'end'")])
    const other = { ...byCursor, end: 'has_more' }
    const told = await stage.read(get('/a', { items, paginate: other }), pages(one))
    expect(told.warnings).toEqual([expect.stringContaining("write it as 'more'")])
    const right = { ...byCursor, end: 'end_of_stream' }
    const last = pages({ ...one, end_of_stream: true })
    expect((await stage.read(get('/a', { items, paginate: right }), last)).warnings).toEqual([])
  })

  test('a flag that ends counted pages at once is told where it may mean the opposite', async () => {
    const size = { param: 'limit', value: 2 }
    const page = { campaigns: [{ id: 1 }, { id: 2 }], is_last: false, has_more: false, odd: false }
    const by = async (more: string, campaigns = page.campaigns, total?: number) => {
      const endpoint = get('/a', { items, paginate: offset({ param: 'o', size, stop: { more } }) })
      const body = { ...page, campaigns, total }
      return (await stage.read(endpoint, pages(body))).warnings
    }
    expect(await by('is_last')).toEqual([expect.stringContaining("write it as 'end'")])
    expect(await by('is_last', [])).toEqual([expect.stringContaining("write it as 'end'")])
    expect(await by('is_last', page.campaigns, 2)).toEqual([])
    expect(await by('has_more')).toEqual([])
    expect(await by('odd')).toEqual([expect.stringContaining("write it as 'end'")])
    expect(await by('odd', [{ id: 1 }])).toEqual([])
  })

  test('a flag that contradicts a cursor is told where there is no record, too', async () => {
    const one = { campaigns: [], next: 'a', end_of_stream: false, has_more: true, odd: true }
    for (const flag of [{ more: 'end_of_stream' }, { end: 'has_more' }, { end: 'odd' }]) {
      const endpoint = get('/a', { items, paginate: { ...byCursor, ...flag } })
      const { warnings } = await stage.read(endpoint, pages(one))
      expect(warnings).toEqual([expect.stringContaining('means the opposite')])
    }
  })

  test('a cursor that stands alone', async () => {
    const answer: Answer = ({ path, body }, _request, response) => {
      const { searchParams } = new URL(path, 'http://x')
      const sent = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
      const token = searchParams.get('nextToken') ?? sent.nextToken
      const names = [...searchParams.keys(), ...Object.keys(sent)]
      if (token !== undefined && names.length > 1) {
        sendJson(response, 400, {})
        return
      }
      sendJson(response, 200, {
        campaigns: [{ id: token ?? 0 }],
        nextToken: token === undefined ? 'a' : null,
      })
    }
    const input = { types: 'A,B', pageSize: 100 }
    const option = { from: { body: 'nextToken' }, to: { query: 'nextToken' } }
    const plain = get('/a', { items, paginate: cursor(option) })
    expect((await stage.read(plain, answer, { input })).failure).toMatchObject({
      type: 'UpstreamRejected',
    })
    const alone = get('/a', { items, paginate: cursor({ ...option, alone: true }) })
    for (const sliced of [false, true]) {
      expect(await stage.read(alone, answer, { input, sliced })).toMatchObject({ ids: [0, 'a'] })
      expect(stage.asked).toEqual(['/a?types=A%2CB&pageSize=100', '/a?nextToken=a'])
    }
    const search = post('/a', {
      items,
      paginate: cursor({ ...option, to: { body: 'nextToken' }, alone: true }),
    })
    expect(await stage.read(search, answer, { input: { body: input } })).toMatchObject({
      ids: [0, 'a'],
    })
  })
})

describe('a place that is in no page', () => {
  const page = { campaigns: [{ id: 1 }, { id: 2 }], _links: { next: '/a?page=2' } }
  const one: Answer = (_seen, _request, response) => {
    sendJson(response, 200, page)
  }

  test.each([
    ['next-url', nextUrl({ path: '_link.next' }), "'_link.next'"],
    ['cursor', cursor({ from: { body: 'meta.next' }, to: { query: 'c' } }), "'meta.next'"],
    ['cursor in a header', cursor({ from: { header: 'X-Next' }, to: { query: 'c' } }), 'X-Next'],
    ['link-header', linkHeader(), 'Link header'],
  ])('%s is told', async (_style, paginate, name) => {
    const { ids, warnings } = await stage.read(get('/a', { items, paginate }), one)
    expect(ids).toEqual([1, 2])
    expect(warnings).toEqual([expect.stringContaining(name)])
    expect(warnings[0]).toContain('misspelt')
  })

  test.each([
    ['there, and null', { ...page, _link: { next: null } }],
    ['there, and empty', { ...page, _link: { next: '' } }],
    ['missing, and the total says that this is all', { ...page, total: 2 }],
    ['missing where there is no record', { campaigns: [] }],
    ['missing where there is nothing at all', { campaigns: null, count: 0, ok: false }],
  ])('one that is %s is not', async (_what, body) => {
    const endpoint = get('/a', { items, paginate: nextUrl({ path: '_link.next' }) })
    const { warnings } = await stage.read(endpoint, (_seen, _request, response) => {
      sendJson(response, 200, body)
    })
    expect(warnings).toEqual([])
  })

  test.each([
    ['next-url', nextUrl({ path: '_link.next' }), "'_link.next'"],
    ['cursor', cursor({ from: { body: 'meta.next' }, to: { query: 'c' } }), "'meta.next'"],
    ['cursor in a header', cursor({ from: { header: 'X-Next' }, to: { query: 'c' } }), 'X-Next'],
  ])('%s is told of a page without records, too', async (_style, paginate, name) => {
    for (const list of [{ campaigns: [] }, { campaigns: null }, { count: 0 }]) {
      const { ids, warnings } = await stage.read(
        get('/a', { items, paginate }),
        (_seen, _request, response) => {
          sendJson(response, 200, { ...list, _links: page._links })
        },
      )
      expect(ids).toEqual([])
      expect(warnings).toEqual([expect.stringContaining(name)])
      expect(warnings[0]).toContain('may be empty')
    }
  })

  test('a Link header without the wanted relation', async () => {
    const by = async (link: string, rel?: string) => {
      const paginate = linkHeader(rel === undefined ? {} : { rel })
      const { warnings } = await stage.read(
        get('/a', { items, paginate }),
        (_seen, _request, response) => {
          sendJson(response, 200, { campaigns: [] }, { link })
        },
      )
      return warnings.length
    }
    expect(await by('</a>; rel="self", </a>; rel="last"')).toBe(0)
    expect(await by('</a?p=2>; rel="next-page"')).toBe(1)
    expect(await by('</a?p=2>; rel="next"', 'nxt')).toBe(1)
  })
})
