import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  apiKey,
  cursor,
  defineConnector,
  get,
  keyset,
  linkHeader,
  offset,
  post,
} from '../../../src/connectors/index.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'
import { type Answer, recordsIn } from './sync-stage.js'

let shop: Upstream
let erp: Upstream
let bench: ActivityBench
let answer: Answer
const start: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }
const items = 'records'
const inclusive = keyset({
  by: { param: 'from', field: 'at' },
  inclusive: { id: 'id' },
  size: { param: 'limit', value: 2 },
})

beforeAll(async () => {
  shop = await startUpstream((...all) => answer(...all))
  erp = await startUpstream((_seen, _request, response) => {
    sendJson(response, 200, {})
  })
  bench = await createActivityBench([
    defineConnector({
      id: 'shop',
      baseUrl: shop.origin,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: {
        counted: get('/a', { items, paginate: linkHeader(), total: { header: 'X-Total' } }),
        offset: get('/a', {
          items,
          paginate: offset({ param: 'offset', stop: { total: { body: 'total' } } }),
        }),
        search: post('/search', {
          items,
          paginate: cursor({ from: { body: 'next' }, to: { header: 'X-Cursor' } }),
        }),
        create: post('/a', { items }),
        strict: get('/a', {
          items,
          paginate: cursor({ from: { body: 'next' }, to: { query: 'cursor' } }),
          response: z.object({ records: z.array(z.object({ id: z.number() })) }),
        }),
        changed: get('/a', { items, paginate: inclusive }),
        fewer: get('/a', {
          items,
          paginate: inclusive,
          response: z.object({ records: z.array(z.unknown()).transform((all) => all.slice(1)) }),
        }),
      },
    }),
    defineConnector({
      id: 'erp',
      baseUrl: erp.origin,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: {
        add: post('/orders', { batch: { size: 1, items: 'orders' } }),
      },
    }),
  ])
})
afterAll(async () => {
  await shop.stop()
  await erp.stop()
})
beforeEach(() => {
  shop.seen.length = 0
  erp.seen.length = 0
  bench.draining = false
})

const sink = { connection: 'erp/default', endpoint: 'add' }

async function run(endpoint: string, checkpoint = start, input = {}, to = sink) {
  return await bench.sync(
    {
      from: { connection: 'shop/default', endpoint, input },
      to,
      fromLease: await bench.lease('shop/default'),
      toLease: await bench.lease(to.connection),
      lineage: 'x',
      checkpoint,
    },
    { client: heartbeatClient([]) },
  )
}

describe('how many records there are in all', () => {
  test('stands in the checkpoint, from a header or the total that ends the reading', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 200, { records: [{ id: 1 }], total: 3 }, { 'x-total': '70' })
    }
    expect((await run('counted')).checkpoint.total).toBe(70)
    bench.draining = true
    const { checkpoint } = await run('offset')
    expect(checkpoint).toMatchObject({ cursor: '/a?offset=1', total: 3 })
  })

  test('is kept where a later page does not tell it, and is nothing where it is no count', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 200, { records: [] }, { 'x-total': 'many' })
    }
    expect((await run('counted')).checkpoint.total).toBeUndefined()
    expect((await run('counted', { ...start, total: 9 })).checkpoint.total).toBe(9)
  })
})

describe('a source that is read by POST', () => {
  test('gets the body of the input with every page, and is asked again after a failure', async () => {
    let asked = 0
    answer = ({ headers }, _request, response) => {
      asked += 1
      const next = headers['x-cursor'] === undefined ? { next: 'c2' } : {}
      if (asked === 2) sendJson(response, 502, {})
      else sendJson(response, 200, { records: [{ id: asked }], ...next })
    }
    const body = { filter: { open: true } }
    const { checkpoint, ...trouble } = await run('search', start, { body })
    expect(trouble).toMatchObject({ outcome: 'wait', failed: { code: 'UpstreamUnavailable' } })
    expect(JSON.parse(checkpoint.cursor ?? '')).toEqual({
      page: '/search',
      headers: { 'x-cursor': 'c2' },
    })
    expect(await run('search', checkpoint, { body })).toMatchObject({ outcome: 'done' })
    expect(shop.seen.map((one) => [one.method, one.body])).toEqual(
      Array(3).fill(['POST', JSON.stringify(body)]),
    )
  })

  test('says by paginate that it only reads, and is no sink', async () => {
    expect(await failureOf(run('create'))).toMatchObject({ type: 'InvalidInput' })
    const to = { connection: 'shop/default', endpoint: 'search' }
    expect(await failureOf(run('counted', start, {}, to))).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('only reads: no sink') as unknown,
    })
    expect(shop.seen).toEqual([])
  })

  test('is asked again as a call too, where no answer came', async () => {
    answer = (_seen, request) => void request.socket.destroy()
    const call = {
      connection: 'shop/default',
      endpoint: 'search',
      lease: await bench.lease('shop/default'),
      input: { body: {} },
      idempotencyKey: '',
    }
    expect(await failureOf(bench.call(call))).toMatchObject({
      type: 'UpstreamUnavailable',
      nonRetryable: false,
    })
  })

  test('sends no header that a cursor made up', async () => {
    const cursor = JSON.stringify({ page: '/search', headers: { 'x-other': 'y' } })
    const failure = await failureOf(run('search', { ...start, cursor }))
    expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
    expect(shop.seen).toEqual([])
  })

  test('keeps no cursor with the credential in it', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 200, { records: [], next: `c-${CANARY}` })
    }
    const failure = await failureOf(run('search'))
    expect(failure).toMatchObject({ type: 'AnswerInvalid' })
    expect(failure.text).not.toContain(CANARY)
  })
})

test('the next page is told by the answer as it came, whatever its schema leaves of it', async () => {
  answer = ({ path }, _request, response) => {
    const next = path.includes('cursor') ? null : 'two'
    sendJson(response, 200, { records: [{ id: 1 }], next })
  }
  expect(await run('strict')).toMatchObject({ checkpoint: { counters: { pages: 2 } } })
})

test('records that the page before had are left out in a later slice too, but not by a schema', async () => {
  const at = (id: number, second: number) => ({ id, at: `2026-01-01T00:00:0${second}Z` })
  const rows = [at(1, 1), at(2, 2), at(3, 3), at(4, 4)]
  answer = ({ path }, _request, response) => {
    const from = new URL(path, 'http://x').searchParams.get('from') ?? ''
    sendJson(response, 200, { records: rows.filter((row) => row.at >= from).slice(0, 2) })
  }
  bench.draining = true
  let checkpoint = start
  for (let slices = 0; slices < 9; slices += 1) {
    const result = await run('changed', checkpoint)
    ;({ checkpoint } = result)
    if (result.outcome === 'done') break
  }
  const written = erp.seen.flatMap(({ body }) => recordsIn(body).map(({ id }) => id))
  expect(written).toEqual([1, 2, 3, 4])
  expect(checkpoint.counters).toMatchObject({ read: 4, written: 4 })
  bench.draining = false
  expect(await failureOf(run('fewer'))).toMatchObject({
    type: 'AnswerInvalid',
    message: expect.stringContaining('schema') as unknown,
  })
})
