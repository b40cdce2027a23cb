import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ownUrl } from '../../../activities/connection/credential-guard.js'
import { cursor, get, linkHeader, nextUrl, type Pagination } from '../../../src/connectors/index.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { startUpstream, type Upstream } from '../activity-bench.js'
import { ReadingStage } from './reading-stage.js'
import type { Answer } from './sync-stage.js'

let stage: ReadingStage
let other: Upstream
let later: Answer
beforeAll(async () => {
  stage = await ReadingStage.start()
  other = await startUpstream((...all) => later(...all))
})
afterAll(async () => {
  await stage.stop()
  await other.stop()
})
beforeEach(() => {
  other.seen.length = 0
})

const items = 'records'
/** The first page names the second one; every other page is the last. */
const naming =
  (next: (origin: string) => unknown, more: object = {}): Answer =>
  (_seen, _request, response) => {
    const isFirst = stage.upstream.seen.length === 1
    const told = next(stage.upstream.origin)
    const headers =
      isFirst && typeof told === 'string' && !/[^\x20-\x7e]/.test(told)
        ? { link: `<${told}>; rel="next"` }
        : { link: '<x>; rel="self"' }
    sendJson(
      response,
      200,
      { records: [{ id: isFirst ? 1 : 2 }], next: isFirst ? told : null, ...more },
      headers,
    )
  }

const STYLES: readonly (readonly [string, (more?: Partial<Pagination>) => Pagination])[] = [
  ['next-url', (more) => ({ ...nextUrl({ path: 'next' }), ...more }) as Pagination],
  ['link-header', (more) => ({ ...linkHeader(), ...more }) as Pagination],
]

describe.each(STYLES)('a next page told by %s', (_style, paginate) => {
  const asked = async (
    context: string,
    next: (origin: string) => unknown,
    more?: Partial<Pagination>,
    body?: object,
  ) => {
    const endpoint = get('/rest/items', { items, paginate: paginate(more) })
    const whole = await stage.read(endpoint, naming(next, body), { context, input: { limit: 5 } })
    return { ...whole, second: stage.asked[1] }
  }

  test.each([
    ['absolute', (origin: string) => `${origin}/wiki/rest/items?p=2`, '/wiki/rest/items?p=2'],
    ['a path', () => '/wiki/rest/items?p=2', '/wiki/rest/items?p=2'],
    ['relative to the page', () => 'items?p=2', '/wiki/rest/items?p=2'],
    ['a query alone', () => '?p=2', '/wiki/rest/items?p=2'],
    [
      'protocol-relative',
      (origin: string) => `${origin.replace('http:', '')}/wiki/rest/items?p=2`,
      '/wiki/rest/items?p=2',
    ],
    ['with a fragment', () => '/wiki/rest/items?p=2#top', '/wiki/rest/items?p=2'],
    ['with spaces around', () => ' /wiki/rest/items?p=2 ', '/wiki/rest/items?p=2'],
    ['with dots', () => './../rest/items?p=2', '/wiki/rest/items?p=2'],
    [
      'with user and password',
      (origin: string) => `${origin.replace('//', '//u:p@')}/wiki/rest/items?p=2`,
      '/wiki/rest/items?p=2',
    ],
    ['another path of the API', () => '/v2/pages/77', '/v2/pages/77'],
  ])('%s', async (_what, next, path) => {
    const { ids, second, failure } = await asked('/wiki', next)
    expect(failure).toBeUndefined()
    expect(ids).toEqual([1, 2])
    expect(second).toBe(path)
  })

  test.each([
    ['/rest/items?p=2', '/wiki/rest/items?p=2'],
    ['rest/items?p=2', '/wiki/rest/items?p=2'],
    ['/wiki/rest/items?p=2', '/wiki/rest/items?p=2'],
    ['/wikipedia/items?p=2', '/wiki/wikipedia/items?p=2'],
    ['?p=2', '/wiki/rest/items?p=2'],
  ])('relative to the base URL: %s', async (next, path) => {
    const told = await asked('/wiki', () => next, { relativeTo: 'base-url' })
    expect(told).toMatchObject({ ids: [1, 2], second: path })
    const { origin } = stage.upstream
    const absolute = await asked('/wiki', () => `${origin}/else?p=2`, { relativeTo: 'base-url' })
    expect(absolute.second).toBe('/else?p=2')
  })

  test('relative to a base that the answer names', async () => {
    const relativeTo = { body: '_links.base' }
    const links = (base: unknown) => ({ _links: { base } })
    const { origin } = stage.upstream
    const next = () => '/rest/items?p=2'
    const own = await asked('', next, { relativeTo }, links(`${origin}/wiki`))
    expect(own).toMatchObject({ ids: [1, 2], second: '/wiki/rest/items?p=2' })
    const foreign = await asked('', next, { relativeTo }, links('https://evil.example/wiki'))
    expect(foreign.failure).toMatchObject({ type: 'ForeignOrigin' })
    const missing = await asked('', next, { relativeTo }, {})
    expect(missing.failure).toMatchObject({ type: 'AnswerInvalid' })
  })

  test.each([
    'https://evil.example/items',
    '//evil.example/items',
    '\\\\evil.example\\items',
    'javascript:alert(1)',
    'ftp://127.0.0.1/items',
  ])('a foreign one is refused: %s', async (next) => {
    for (const relativeTo of ['page', 'base-url'] as const) {
      const { failure } = await asked('/wiki', () => next, { relativeTo })
      expect(failure).toMatchObject({ type: 'ForeignOrigin', nonRetryable: true })
      expect(stage.asked).toHaveLength(1)
    }
  })
})

describe('http behind TLS', () => {
  const own = (link: string, ...origins: string[]): string =>
    ownUrl(new URL(link), new Set(origins)).href
  test.each([
    ['http://api.example/a?b=1', 'https://api.example/a?b=1'],
    ['http://api.example:443/a', 'https://api.example/a'],
    ['http://api.example:8443/a', 'http://api.example:8443/a'],
    ['http://other.example/a', 'http://other.example/a'],
    ['http://api.example.evil.example/a', 'http://api.example.evil.example/a'],
    ['https://api.example/a', 'https://api.example/a'],
  ])('%s is asked for as %s', (link, right) => {
    expect(own(link, 'https://api.example')).toBe(right)
  })

  test('with a port it is that port or the only one', () => {
    expect(own('http://api.example:8443/a', 'https://api.example:8443')).toBe(
      'https://api.example:8443/a',
    )
    expect(own('http://api.example/a', 'https://api.example:8443')).toBe(
      'https://api.example:8443/a',
    )
    expect(own('http://api.example/a', 'https://api.example:1', 'https://api.example:2')).toBe(
      'http://api.example/a',
    )
    expect(own('http://127.0.0.1:80/a', 'http://127.0.0.1:80')).toBe('http://127.0.0.1/a')
  })
})

describe('a page that is redirected', () => {
  test('to a declared origin is read there, and goes on there', async () => {
    const endpoint = get('/items', { items, paginate: nextUrl({ path: 'next' }) })
    later = ({ path }, _request, response) => {
      const isFirst = !path.includes('p=2')
      sendJson(response, 200, { records: [{ id: isFirst ? 1 : 2 }], next: isFirst ? '?p=2' : null })
    }
    for (const status of [301, 302, 303, 307, 308]) {
      other.seen.length = 0
      const moved: Answer = (_seen, _request, response) =>
        void response.writeHead(status, { location: `${other.origin}/eu/items?limit=1` }).end()
      const more = { origins: [other.origin] }
      const whole = await stage.read(endpoint, moved, { more, sliced: true })
      expect(whole).toMatchObject({ ids: [1, 2], warnings: [] })
      expect(other.seen.map(({ path }) => path)).toEqual(['/eu/items?limit=1', '/eu/items?p=2'])
      expect(other.seen.every(({ headers }) => headers['x-api-key'] !== undefined)).toBe(true)
    }
    const undeclared = await stage.read(
      endpoint,
      (_seen, _request, response) =>
        void response.writeHead(307, { location: `${other.origin}/eu/items` }).end(),
    )
    expect(undeclared.failure).toMatchObject({ type: 'ForeignOrigin' })
  })
})

describe('a place that a sync is started with', () => {
  const endpoint = get('/v1/orders', { items, paginate: nextUrl({ path: 'next' }) })
  const counters = { pages: 1, read: 1, written: 1 }
  const begin = async (cursor: string, paginate: Pagination = nextUrl({ path: 'next' })) =>
    await stage.read(
      get('/v1/orders', { items, paginate }),
      naming(() => null),
      {
        from: { cursor, counters },
      },
    )

  test.each([
    '/admin/export?all=1',
    '/v1/orders/../../admin/export',
    '/v1/orders/%2e%2e/%2e%2e/admin',
    '/v1/orders/7/cancel',
    '/v1/orders%2f..%2f..%2fadmin',
    '/V1/orders',
    '{"page":"/admin/export?all=1"}',
    '{"page":"/admin/export?all=1","proof":""}',
    `{"page":"/admin/export?all=1","proof":"${'A'.repeat(43)}"}`,
  ])('is no other endpoint: %s', async (place) => {
    for (const paginate of [
      nextUrl({ path: 'next' }),
      linkHeader(),
      cursor({ from: { body: 'next' }, to: { query: 'c' } }),
    ]) {
      const { failure } = await begin(place, paginate)
      expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
      expect(stage.asked).toEqual([])
    }
  })

  test.each(['/v1/orders?page=9', '/v1/orders/?page=9', '/v1/%6Frders?page=9'])(
    'may be one of its pages: %s',
    async (place) => {
      expect((await begin(place)).failure).toBeUndefined()
      expect(stage.asked).toHaveLength(1)
    },
  )

  test('may be below a path that the definition names', async () => {
    const paginate = nextUrl({ path: 'next', paths: ['/v1/pages'] })
    expect((await begin('/v1/pages/7?x=1', paginate)).failure).toBeUndefined()
    for (const place of ['/v1/pagesx/7', '/v1/pages/..%2fadmin', '/v1/pages/../admin'])
      expect((await begin(place, paginate)).failure).toMatchObject({ type: 'InvalidInput' })
  })

  test('may be another path where an answer of the same source has named it', async () => {
    const answer = naming(() => '/v2/cursors/abc?x=1')
    const { cursors } = await stage.read(endpoint, answer, { sliced: true })
    const [place = ''] = cursors
    expect(JSON.parse(place)).toEqual({
      page: '/v2/cursors/abc?x=1',
      proof: expect.stringMatching(/^[\w-]{43}$/) as unknown,
    })
    expect((await begin(place)).failure).toBeUndefined()
    expect(stage.asked).toEqual(['/v2/cursors/abc?x=1'])
    const forged = place.replace('/v2/cursors/abc?x=1', '/admin/export?all=1')
    expect((await begin(forged)).failure).toMatchObject({ type: 'InvalidInput' })
  })
})
