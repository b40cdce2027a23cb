import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  apiKey,
  defineConnector,
  type Endpoint,
  get,
  linkHeader,
  offset,
  pageNumber,
} from '../../../src/connectors/index.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { ReadingStage } from './reading-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(async () => {
  await stage.stop()
})

const LAST = 9
const numbers = (upTo: number): number[] => Array.from({ length: upTo }, (_, at) => at + 1)
const byNumber = (readAhead: Endpoint['readAhead']): Endpoint =>
  get('/orders', { items: 'orders', paginate: pageNumber({ param: 'page' }), readAhead })

function asked(path: string, param: string): number {
  return Number(new URL(path, 'http://x').searchParams.get(param))
}

test('pages are asked for before the ones in front have come, and are read in their order', async () => {
  const held: (() => void)[] = []
  const { ids, failure } = await stage.read(
    byNumber({ pages: 4 }),
    ({ path }, _request, response) => {
      const page = asked(path, 'page')
      const give = (): void => {
        sendJson(response, 200, { orders: page <= LAST ? [{ id: page }] : [] })
      }
      if (page < 2 || page > 5) {
        give()
        return
      }
      // None of these is answered before all four are asked for, and then the last one first.
      held.push(give)
      if (held.length === 4) for (const one of held.splice(0).reverse()) one()
    },
  )
  expect(failure).toBeUndefined()
  expect(ids).toEqual(numbers(LAST))
  const pages = stage.asked.map((path) => asked(path, 'page'))
  expect(new Set(pages).size).toBe(pages.length)
  // Behind the empty page that ends it, at most those that were under way.
  expect(Math.max(...pages)).toBeLessThanOrEqual(LAST + 1 + 3)
})

test('no more than one page is asked for where more might not fit into the memory that is allowed', async () => {
  let underWay = 0
  let most = 0
  const { ids } = await stage.read(
    byNumber({ pages: 4, maxBytes: 20 }),
    ({ path }, _request, response) => {
      const page = asked(path, 'page')
      // What a test before has asked for behind its end may come now.
      const counts = page <= LAST + 1 ? 1 : 0
      underWay += counts
      most = Math.max(most, underWay)
      const text = 'more than ten bytes'
      setImmediate(() => {
        underWay -= counts
        sendJson(response, 200, { orders: page <= LAST ? [{ id: page, text }] : [] })
      })
    },
  )
  expect(ids).toEqual(numbers(LAST))
  expect(most).toBe(1)
})

test('pages that are shorter than asked for are read one by one from the first on, and none is lost', async () => {
  const endpoint = get('/orders', {
    items: 'orders',
    paginate: offset({ param: 'from', size: { param: 'limit', value: 5 } }),
    readAhead: { pages: 3 },
  })
  const all = numbers(20)
  const { ids } = await stage.read(endpoint, ({ path }, _request, response) => {
    const from = asked(path, 'from')
    sendJson(response, 200, { orders: all.slice(from, from + 3).map((id) => ({ id })) })
  })
  expect(ids).toEqual(all)
  // Seven pages, an empty one, and two that were asked for in vain.
  expect(stage.asked).toHaveLength(10)
})

test('where a source says how many records there are, nothing is asked for behind them', async () => {
  const endpoint = get('/orders', {
    items: 'orders',
    paginate: offset({
      param: 'from',
      size: { param: 'limit', value: 2 },
      stop: { total: { body: 'total' } },
    }),
    readAhead: { pages: 4 },
  })
  const all = numbers(7)
  const { ids } = await stage.read(endpoint, ({ path }, _request, response) => {
    const from = asked(path, 'from')
    const orders = all.slice(from, from + 2).map((id) => ({ id }))
    sendJson(response, 200, { orders, total: all.length })
  })
  expect(ids).toEqual(all)
  expect(stage.asked.map((path) => asked(path, 'from')).toSorted((a, b) => a - b)).toEqual([
    0, 2, 4, 6,
  ])
})

test.each<[string, Endpoint]>([
  ['linkHeader()', get('/orders', { paginate: linkHeader(), readAhead: { pages: 2 } })],
  ['no pages', get('/orders', { readAhead: { pages: 2 } })],
  [
    'offset() without a size',
    get('/orders', { paginate: offset({ param: 'from' }), readAhead: { pages: 2 } }),
  ],
])('a definition that can’t be read ahead is refused: %s', (_name, list) => {
  const define = () =>
    defineConnector({
      id: 'shop',
      baseUrl: 'https://shop.example.com',
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { list },
    })
  expect(define).toThrow(/endpoints.list.readAhead.*pageNumber\(\) and for offset\(\) with a size/s)
})
