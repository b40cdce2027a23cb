import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  cursor,
  type Endpoint,
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
const text =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (_seen, _request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }

/** By where the list would be. */
const NOTHING: readonly (readonly [string, Answer])[] = [
  ['a count of 0', text(200, '{"count":0}')],
  ['a total of 0', text(200, '{"total_count":"0"}')],
  ["OData's count of 0", text(200, '{"@odata.count":0}')],
  ['a null list', text(200, '{"count":0,"campaigns":null}')],
  ['a null list alone', text(200, '{"campaigns":null,"next":null}')],
  ['an empty list', text(200, '{"campaigns":[]}')],
  ['an empty object for a list', text(200, '{"campaigns":{}}')],
  ['an empty text for a list', text(200, '{"campaigns":""}')],
  ['an empty list for the whole', text(200, '[]')],
  ['204', text(204, '')],
  ['205', text(205, '')],
  ['304', text(304, '')],
  ['an empty body', text(200, '')],
  ['a blank body', text(200, ' \r\n')],
]

describe.each([
  ['cursor', byCursor],
  ['next-url', nextUrl({ path: 'next' })],
  ['link-header', linkHeader()],
  ['offset', offset({ param: 'offset' })],
  ['offset by total', offset({ param: 'offset', stop: { total: { body: 'all' } } })],
  ['page-number by flag', pageNumber({ param: 'page', stop: { more: 'more' } })],
  ['no pages', undefined],
] as const)('%s', (_style, paginate) => {
  const endpoint = get('/a', { items, paginate }) as Endpoint

  test.each(NOTHING)('%s on the first page is no record', async (what, answer) => {
    const { failure, ids, warnings } = await stage.read(endpoint, answer)
    // An empty list that is there leaves out nothing, and so no total or flag.
    const strict = endpoint.paginate !== undefined && 'stop' in endpoint.paginate
    if (what === 'an empty list' && strict && typeof endpoint.paginate.stop !== 'string')
      expect(failure).toMatchObject({ type: 'AnswerInvalid' })
    else expect(failure).toBeUndefined()
    // Neither is an answer to what was asked: all of it may be missing.
    const isTold = ['304', 'an empty body', 'a blank body'].includes(what)
    expect([ids, warnings]).toEqual([[], isTold ? [expect.stringContaining('no content')] : []])
  })

  test.each([
    ['a list that is missing', '{"data":[{"id":1}]}'],
    ['an empty object', '{}'],
    ['a count that is not 0', '{"count":2}'],
    ['a null list and a count that is not 0', '{"count":2,"campaigns":null}'],
    ['a null list and errors', '{"errors":[{"message":"x"}],"campaigns":null}'],
    ['a count of 0 and an error', '{"error":{"code":7},"count":0}'],
    ['a list that is an object', '{"campaigns":{"a":1}}'],
    ['a list that is a text', '{"campaigns":"none"}'],
    ['a list that is false', '{"campaigns":false}'],
  ])('%s fails', async (_what, body) => {
    const { failure } = await stage.read(endpoint, text(200, body))
    expect(failure).toMatchObject({ type: 'ItemsMissing', nonRetryable: true })
  })
})

describe('an endpoint that leaves empty lists out', () => {
  const endpoint = get('/a', { items: 'data.campaigns', empty: 'omitted', paginate: byCursor })

  test.each(['{}', '{"data":{}}', '{"data":null}', '{"meta":{"page":1}}', '{"total":0}'])(
    '%s is no record',
    async (body) => {
      expect(await stage.read(endpoint, text(200, body))).toMatchObject({ ids: [], pages: 1 })
    },
  )

  test('a list that no page has is told, unless a count says that there is none', async () => {
    const pages =
      (...bodies: string[]): Answer =>
      (...all) =>
        text(200, bodies.shift() ?? '')(...all)
    const data = '"data":{"campaign":[{"id":1}]}'
    for (const sliced of [false, true]) {
      const { ids, warnings } = await stage.read(
        endpoint,
        pages(`{${data},"next":"b"}`, `{${data},"next":null}`),
        { sliced },
      )
      expect([ids, warnings]).toEqual([[], [expect.stringContaining("list at 'data.campaigns'")]])
    }
    const found = pages('{"data":{"campaigns":[]},"next":"b"}', '{"page":2,"next":null}')
    for (const answer of [found, pages('{"total":0,"page":1}'), pages('{"data":{}}')])
      expect(await stage.read(endpoint, answer)).toMatchObject({ ids: [], warnings: [] })
  })

  test.each([
    '{"count":3}',
    '{"total":3}',
    '{"errors":["x"]}',
    '["a"]',
    '{"data":{"campaigns":7}}',
  ])('%s fails all the same', async (body) => {
    const { failure } = await stage.read(endpoint, text(200, body))
    expect(failure).toMatchObject({ type: 'ItemsMissing' })
  })

  test('goes on behind an empty page in the middle', async () => {
    const bodies = [
      '{"data":{"campaigns":[{"id":1}]},"next":"b"}',
      '{"next":"c"}',
      '{"data":{"campaigns":[{"id":2}]}}',
    ]
    let page = 0
    const answer: Answer = (...all) => text(200, bodies[page++] ?? '')(...all)
    expect(await stage.read(endpoint, answer)).toMatchObject({ ids: [1, 2], pages: 3 })
  })
})

describe('nothing in the middle and at the end', () => {
  const endpoint = get('/a', { items, paginate: byCursor })
  const first = '{"campaigns":[{"id":1}],"next":"b"}'
  const after =
    (...later: Answer[]): Answer =>
    (seen, ...all) =>
      (seen.path.includes('cursor') ? (later.shift() ?? text(500, '')) : text(200, first))(
        seen,
        ...all,
      )

  test('204 and 304 end it, and 304 is told', async () => {
    for (const status of [204, 304]) {
      const whole = await stage.read(endpoint, after(text(status, '')))
      expect(whole).toMatchObject({ ids: [1], pages: 2 })
      expect(whole.warnings).toEqual(status === 304 ? [expect.stringContaining('HTTP 304')] : [])
    }
  })

  test('304 says nothing to a POST', async () => {
    const search = post('/a', { items, paginate: byCursor })
    const { failure } = await stage.read(search, text(304, ''), { input: { body: {} } })
    expect(failure).toMatchObject({ type: 'UpstreamRejected' })
    expect(failure?.message).toContain('HTTP 304')
    expect(failure?.message).not.toContain('redirect')
  })

  test('an empty 200 behind a page that says there is more is told', async () => {
    const { failure, ids } = await stage.read(endpoint, after(text(200, '')))
    expect(ids).toEqual([1])
    expect(failure).toMatchObject({ type: 'ItemsMissing' })
    const counted = get('/a', { items, paginate: offset({ param: 'cursor' }) })
    const bodies = [text(200, '{"campaigns":[{"id":1}]}'), text(200, '')]
    const serve: Answer = (...all) => (bodies.shift() ?? text(200, ''))(...all)
    expect((await stage.read(counted, serve)).failure).toMatchObject({ type: 'ItemsMissing' })
    for (const paginate of [offset({ param: 'cursor' }), byCursor]) {
      bodies.push(text(200, '{"campaigns":[{"id":1}],"next":"b"}'))
      const omitted = get('/a', { items, paginate, empty: 'omitted' })
      const whole = await stage.read(omitted, serve)
      expect(whole).toMatchObject({ ids: [1], pages: 2 })
      expect(whole.warnings).toEqual([expect.stringContaining('no content')])
    }
  })

  test('a null list with a cursor goes on', async () => {
    const answer = after(
      text(200, '{"campaigns":null,"next":"c"}'),
      text(200, '{"campaigns":[{"id":2}],"next":null}'),
    )
    expect(await stage.read(endpoint, answer)).toMatchObject({ ids: [1, 2], pages: 3 })
  })

  test('fewer records than the total are told', async () => {
    const counted = get('/a', {
      items,
      paginate: offset({ param: 'o', stop: { total: { body: 'all' } } }),
    })
    const bodies = [text(200, '{"campaigns":[{"id":1}],"all":3}'), text(204, '')]
    const whole = await stage.read(counted, (...all) => (bodies.shift() ?? text(500, ''))(...all))
    expect(whole).toMatchObject({ ids: [1], pages: 2 })
    expect(whole.warnings).toEqual(['1 records came, and the source told 3 in all'])
  })
})

test('an error beside a list is told', async () => {
  const endpoint = get('/a', { items, paginate: byCursor })
  const pages = [
    text(200, '{"campaigns":[{"id":1}],"errors":[{"message":"x"}],"next":"b"}'),
    text(200, '{"campaigns":[],"error":"timeout"}'),
  ]
  const told = expect.stringContaining('beside its list') as string
  const all = await stage.read(endpoint, (...http) => (pages.shift() ?? text(500, ''))(...http))
  expect(all).toMatchObject({ ids: [1], warnings: [told, told] })
  for (const none of ['[]', '{}', 'null', '""', 'false', '0']) {
    const body = `{"campaigns":[{"id":1}],"errors":${none},"next":null}`
    expect(await stage.read(endpoint, text(200, body))).toMatchObject({ warnings: [] })
  }
})

test('a first page without content may have missed the header that tells the next one', async () => {
  const paginate = cursor({ from: { header: 'X-Next' }, to: { query: 'cursor' } })
  const endpoint = get('/a', { items, paginate })
  const { ids, warnings } = await stage.read(endpoint, text(204, ''))
  expect(ids).toEqual([])
  expect(warnings).toEqual([expect.stringMatching(/X-Next.*misspelt/s)])
})

test('a schema of the answer is not asked of nothing', async () => {
  const response = z.object({ campaigns: z.array(z.object({ id: z.number() })) })
  const endpoint = get('/a', { items, response, paginate: byCursor })
  expect(await stage.read(endpoint, text(204, ''))).toMatchObject({ ids: [], pages: 1 })
  expect(await stage.read(endpoint, text(200, '{"count":0}'))).toMatchObject({ ids: [], pages: 1 })
})

test('a JSONPath of items that finds nothing in any page is told', async () => {
  const endpoint = get('/a', { items: '$.groups[*].orders[*]' })
  const groups = text(200, '{"groups":[{"orders":[{"id":1},{"id":2}]},{"orders":[{"id":3}]}]}')
  expect(await stage.read(endpoint, groups)).toMatchObject({ ids: [1, 2, 3], warnings: [] })
  const misspelt = get('/a', { items: '$.group[*].orders[*]', paginate: byCursor })
  for (const sliced of [false, true]) {
    const pages = [text(200, '{"groups":[{"orders":[{"id":1}]}],"next":"b"}'), groups]
    const serve: Answer = (...all) => (pages.shift() ?? text(500, ''))(...all)
    const { ids, warnings } = await stage.read(misspelt, serve, { sliced })
    expect([ids, warnings]).toEqual([[], [expect.stringContaining('items is misspelt')]])
  }
  expect(await stage.read(misspelt, text(200, '{"group":[]}'))).toMatchObject({ warnings: [] })
})

test('OData: the link stands under a key with a dot', async () => {
  const endpoint = get('/a', { items: 'value', paginate: nextUrl({ path: '@odata.nextLink' }) })
  const answer: Answer = ({ path }, _request, response) => {
    const page = Number(new URL(path, 'http://x').searchParams.get('$skip') ?? 0)
    const more =
      page < 4 ? { '@odata.nextLink': `${stage.upstream.origin}/a?$skip=${page + 2}` } : {}
    sendJson(response, 200, { value: [{ id: page }, { id: page + 1 }], ...more })
  }
  expect(await stage.read(endpoint, answer)).toMatchObject({ ids: [0, 1, 2, 3, 4, 5], pages: 3 })
})
