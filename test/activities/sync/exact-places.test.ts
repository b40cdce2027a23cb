import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cursor, get, keyset, post } from '../../../src/connectors/index.js'
import { ReadingStage } from './reading-stage.js'
import type { Answer } from './sync-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(() => stage.stop())

const items = 'records'
/** Neighbours that a JavaScript number can't tell apart, over all lengths. */
const IDS = [
  '7',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9007199254740994',
  '9007199254740995',
  '12345678901234567890',
  '12345678901234567891',
  '123456789012345678901234567890',
] as const

/** Gives two records above the key that it is asked from, and counts by all digits. */
const after =
  (askedFrom: () => string): Answer =>
  (_seen, _request, response) => {
    const from = BigInt(askedFrom())
    const page = IDS.filter((id) => BigInt(id) > from).slice(0, 2)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`{"records":[${page.map((id) => `{"id":${id}}`).join(',')}]}`)
  }
const lastAsked = () => stage.upstream.seen.at(-1)
const queried = () =>
  new URL(lastAsked()?.path ?? '', 'http://x').searchParams.get('since_id') ?? '0'
const inBody = () => /"since":(\d+)[,}]/.exec(lastAsked()?.body ?? '')?.[1] ?? '0'
const inHeader = () => String(lastAsked()?.headers['x-since'] ?? '0')

describe.each([false, true])(
  'ids of many digits, each page by a reader of its own: %s',
  (sliced) => {
    const list = (param: Parameters<typeof keyset>[0]['by'], isPost = false) =>
      isPost
        ? post('/orders/search', { items, paginate: keyset({ by: param }) })
        : get('/orders', { items, paginate: keyset({ by: param }) })

    test.each([
      ['the query', list({ param: 'since_id', field: 'id' }), queried],
      ['a header', list({ param: { header: 'X-Since' }, field: 'id' }), inHeader],
      ['the body', list({ param: { body: 'since' }, field: 'id' }, true), inBody],
    ])('a key in %s is asked for to its last digit', async (_where, endpoint, askedFrom) => {
      const whole = await stage.read(endpoint, after(askedFrom), { sliced })
      expect(whole.failure).toBeUndefined()
      expect(whole.ids.map(String)).toEqual([...IDS])
    })

    test.each([
      ['9007199254740993', '9007199254740993'],
      ['-9007199254740993', '-9007199254740993'],
      ['123456789012345678901234567890', '123456789012345678901234567890'],
      ['0.1234567890123456789', '0.1234567890123456789'],
      ['1e400', '1e400'],
      // The same value, written as JavaScript writes it.
      ['1.10', '1.1'],
      ['1E2', '100'],
      ['"1.10"', '1.10'],
      ['"009007199254740993"', '009007199254740993'],
    ])('a cursor %s is asked for as %s', async (told, asked) => {
      const endpoint = get('/orders', {
        items,
        paginate: cursor({ from: { body: 'next' }, to: { query: 'cursor' } }),
      })
      const whole = await stage.read(
        endpoint,
        (_seen, _request, response) => {
          const isFirst = stage.upstream.seen.length === 1
          response.end(
            `{"records":[{"id":${isFirst ? '1' : '2'}}],"next":${isFirst ? told : 'null'}}`,
          )
        },
        { sliced },
      )
      expect(whole.failure).toBeUndefined()
      expect(stage.asked[1]).toBe(`/orders?cursor=${encodeURIComponent(asked)}`)
    })
  },
)

test.each(['1e400', '-1e400', '-9007199254740993', '0.1234567890123456789'])(
  'a key %s, whose order nobody knows, stops the reading with its place',
  async (id) => {
    const endpoint = get('/orders', {
      items,
      paginate: keyset({ by: { param: 'since_id', field: 'id' } }),
    })
    const whole = await stage.read(endpoint, (_seen, _request, response) => {
      response.end(`{"records":[{"id":${id}}]}`)
    })
    expect(whole.failure?.message).toContain(`record 1 has no usable value at 'id'`)
  },
)

test.each(['-0', '0', '0.0', '-0.0', '0e5'])('a cursor %s is the end', async (told) => {
  const endpoint = get('/orders', {
    items,
    paginate: cursor({ from: { body: 'next' }, to: { query: 'cursor' } }),
  })
  const whole = await stage.read(endpoint, (_seen, _request, response) => {
    response.end(`{"records":[{"id":-0}],"next":${told}}`)
  })
  expect(whole).toMatchObject({ pages: 1 })
  expect(whole.failure).toBeUndefined()
})
