import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { apiKey, defineConnector, get, linkHeader, post, put } from '../../src/connectors/index.js'
import type { SyncCheckpoint, SyncSliceInput } from '../../src/contract/sync.js'
import { sendJson } from '../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  startUpstream,
  type Upstream,
} from '../http/activity-bench.js'

type Answer = Parameters<typeof startUpstream>[0]
interface RecordOf {
  readonly id: number
}

const PAGES = 6
const PER_PAGE = 4
const start: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }

let shop: Upstream
let erp: Upstream
let bench: ActivityBench
let readAnswer: Answer
let writeAnswer: Answer
/** What happened in order, as `read 1`, `write 1`. */
let events: string[]

const pageOf = (path: string): number =>
  Number(new URL(path, 'http://x').searchParams.get('page') ?? '1')
const recordsOf = (page: number): RecordOf[] =>
  Array.from({ length: PER_PAGE }, (_, at) => ({ id: (page - 1) * PER_PAGE + at + 1 }))

const servePage: Answer = ({ path }, _request, response) => {
  const page = pageOf(path)
  const link = `<${shop.origin}/v1/orders?page=${String(page + 1)}&key=${CANARY}>; rel="next last"`
  sendJson(response, 200, { orders: recordsOf(page) }, page < PAGES ? { link } : {})
}
const accept: Answer = (_seen, _request, response) => {
  sendJson(response, 200, {})
}

beforeAll(async () => {
  shop = await startUpstream((...all) => {
    events.push(`read ${String(pageOf(all[0].path))}`)
    return readAnswer(...all)
  })
  erp = await startUpstream((...all) => {
    const { orders } = JSON.parse(all[0].body) as { orders?: RecordOf[] }
    events.push(`write ${String(orders?.[0]?.id)}`)
    return writeAnswer(...all)
  })
  bench = await createActivityBench([
    defineConnector({
      id: 'shop',
      baseUrl: `${shop.origin}/v1`,
      auth: apiKey({ in: 'query', name: 'key' }),
      endpoints: {
        'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
        'orders.lost': get('/orders', { items: 'data.orders', paginate: linkHeader() }),
        'orders.small': get('/orders', { items: 'orders', maxBytes: 20 }),
      },
    }),
    defineConnector({
      id: 'erp',
      baseUrl: erp.origin,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: {
        'orders.upsert': post('/orders', {
          batch: { size: 2, items: 'orders' },
          idempotency: { header: 'Idempotency-Key', id: 'id' },
        }),
        'orders.byNumber': post('/orders', {
          batch: { size: 4, items: 'orders' },
          idempotency: { header: 'Idempotency-Key', id: 'number' },
        }),
        'orders.add': post('/orders', { batch: { size: 2, items: 'orders' } }),
        'orders.put': put('/orders/{id}'),
      },
    }),
  ])
})
afterAll(async () => {
  await shop.stop()
  await erp.stop()
})
beforeEach(() => {
  readAnswer = servePage
  writeAnswer = accept
  events = []
  shop.seen.length = 0
  erp.seen.length = 0
  bench.draining = false
})

interface Ends {
  readonly from?: string
  readonly to?: string
}
async function slice(ends: Ends = {}, more: Partial<SyncSliceInput> = {}): Promise<SyncSliceInput> {
  return {
    from: { connection: 'shop/default', endpoint: ends.from ?? 'orders.list' },
    to: { connection: 'erp/default', endpoint: ends.to ?? 'orders.upsert' },
    fromLease: await bench.lease('shop/default', { generation: 3 }),
    toLease: await bench.lease('erp/default', { generation: 5 }),
    lineage: 'sync-1/run-1',
    checkpoint: start,
    ...more,
  }
}
const failing = async (input: SyncSliceInput, info = {}) => {
  const failure = await failureOf(
    bench.sync(input, { info, client: heartbeatClient([]), onHeartbeat: refuseCanary }),
  )
  expect(failure.text).not.toContain(CANARY)
  return failure
}
const refuseCanary = (details: unknown): void => {
  expect(JSON.stringify(details)).not.toContain(CANARY)
}
const writtenIds = (): number[] =>
  erp.seen.flatMap(({ body }) =>
    (JSON.parse(body) as { orders: RecordOf[] }).orders.map(({ id }) => id),
  )
const allIds = Array.from({ length: PAGES * PER_PAGE }, (_, at) => at + 1)
const done = { pages: PAGES, read: PAGES * PER_PAGE, written: PAGES * PER_PAGE }

describe('moving pages', () => {
  test('every record arrives once, in batches; cursors carry no key', async () => {
    const beats: { checkpoint: SyncCheckpoint }[] = []
    const result = await bench.sync(await slice(), {
      onHeartbeat: (details) => beats.push(details as { checkpoint: SyncCheckpoint }),
    })
    expect(result).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect(writtenIds()).toEqual(allIds)
    expect(erp.seen[0]?.headers['x-api-key']).toBe(CANARY)
    expect(shop.seen[1]?.path).toBe(`/v1/orders?page=2&key=${CANARY}`)
    refuseCanary(beats)
    expect(beats.map(({ checkpoint }) => checkpoint.cursor)).toContain('/v1/orders?page=2')
    expect(beats.at(-1)).toMatchObject({ done: true })
  })

  test('one page is read ahead while the last is written, and no more', async () => {
    let reading = 0
    let writing = 0
    let overlaps = 0
    let highest = 0
    readAnswer = async (...all) => {
      reading += 1
      highest = Math.max(highest, pageOf(all[0].path))
      await new Promise((resolve) => setTimeout(resolve, 50))
      overlaps += writing > 0 ? 1 : 0
      await servePage(...all)
      reading -= 1
    }
    writeAnswer = async (seen, request, response) => {
      writing += 1
      const page = Math.ceil(
        ((JSON.parse(seen.body) as { orders: RecordOf[] }).orders[0]?.id ?? 0) / PER_PAGE,
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(highest).toBeLessThanOrEqual(page + 1)
      writing -= 1
      await accept(seen, request, response)
    }
    expect(await bench.sync(await slice())).toMatchObject({ outcome: 'done' })
    expect(overlaps).toBeGreaterThanOrEqual(PAGES - 2)
    expect(reading).toBe(0)
  })

  test('an attempt after one that died goes on where its heartbeat was', async () => {
    const checkpoint = {
      cursor: '/v1/orders?page=4',
      counters: { pages: 3, read: 12, written: 12 },
    }
    const info = { attempt: 2, heartbeatDetails: { checkpoint } }
    const result = await bench.sync(await slice(), { info })
    expect(result).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect(writtenIds()).toEqual(allIds.slice(12))
    erp.seen.length = 0
    const ended = { checkpoint: { counters: done }, done: true }
    const again = await bench.sync(await slice(), { info: { heartbeatDetails: ended } })
    expect(again).toMatchObject({ outcome: 'done', checkpoint: { counters: done } })
    expect(erp.seen).toEqual([])
  })

  test('a record goes to its own path where the sink takes one', async () => {
    const result = await bench.sync(await slice({ to: 'orders.put' }))
    expect(result).toMatchObject({ outcome: 'done' })
    expect(erp.seen[0]).toMatchObject({ method: 'PUT', path: '/orders/1', body: '{"id":1}' })
  })

  test('a worker that goes down gets the place at the next page', async () => {
    writeAnswer = (...all) => {
      bench.draining = true
      return accept(...all)
    }
    const result = await bench.sync(await slice())
    expect(result).toMatchObject({
      outcome: 'draining',
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1, read: 4, written: 4 } },
    })
  })
})

describe('idempotency keys', () => {
  const keys = () => erp.seen.map(({ headers }) => headers['idempotency-key'])

  test('come from lineage and ids: the same again, others for another sync', async () => {
    await bench.sync(await slice())
    const first = keys()
    const known = createHash('sha256')
      .update(JSON.stringify(['sync-1/run-1', [1, 2]]))
      .digest('hex')
    expect(first[0]).toBe(known)
    expect(new Set(first).size).toBe(first.length)
    erp.seen.length = 0
    await bench.sync(await slice())
    expect(keys()).toEqual(first)
    erp.seen.length = 0
    await bench.sync(await slice({}, { lineage: 'sync-2' }))
    expect(keys()[0]).not.toBe(known)
  })

  test('a record without id is told', async () => {
    expect(await failing(await slice({ to: 'orders.byNumber' }))).toMatchObject({
      type: 'AnswerInvalid',
    })
    expect(erp.seen).toEqual([])
  })
})

describe('leases', () => {
  test('nothing is sent under a dead one, of either end', async () => {
    const expiresAtMs = Date.now()
    const toLease = await bench.lease('erp/default', { expiresAtMs })
    const fromLease = await bench.lease('shop/default', { expiresAtMs })
    expect(await bench.sync(await slice({}, { toLease }))).toEqual({
      outcome: 'lease',
      connections: ['erp/default'],
      checkpoint: start,
    })
    expect(await bench.sync(await slice({}, { fromLease }))).toMatchObject({
      connections: ['shop/default'],
    })
    expect(shop.seen).toEqual([])
  })

  test('a sync yields before one dies, and takes up its work without loss', async () => {
    let checkpoint = start
    let slices = 0
    writeAnswer = async (...all) => {
      await new Promise((resolve) => setTimeout(resolve, 60))
      await accept(...all)
    }
    for (;;) {
      const sentAfter: number[] = []
      const fromLease = await bench.lease('shop/default', { expiresAtMs: Date.now() + 400 })
      readAnswer = (...all) => {
        sentAfter.push(Date.now() - fromLease.expiresAtMs)
        return servePage(...all)
      }
      const result = await bench.sync(await slice({}, { fromLease, checkpoint }))
      expect(Math.max(...sentAfter)).toBeLessThan(50)
      slices += 1
      checkpoint = result.checkpoint
      if (result.outcome === 'done') break
      expect(result).toMatchObject({ outcome: 'lease', connections: ['shop/default'] })
    }
    expect(slices).toBeGreaterThan(1)
    expect(writtenIds()).toEqual(allIds)
  })

  test('a 401 in the middle hands the page back to be repeated', async () => {
    readAnswer = (...all) => {
      if (pageOf(all[0].path) < 3) return servePage(...all)
      sendJson(all[2], 401, { token: CANARY })
    }
    expect(await bench.sync(await slice())).toEqual({
      outcome: 'rejected',
      connection: 'shop/default',
      endpoint: 'orders.list',
      generation: 3,
      status: 401,
      accepted: 2,
      checkpoint: { cursor: '/v1/orders?page=3', counters: { pages: 2, read: 8, written: 8 } },
    })
    readAnswer = servePage
    writeAnswer = (seen, request, response) => {
      if (seen.body.includes('"id":7')) sendJson(response, 401, {})
      else return accept(seen, request, response)
    }
    expect(await bench.sync(await slice())).toMatchObject({
      outcome: 'rejected',
      connection: 'erp/default',
      endpoint: 'orders.upsert',
      generation: 5,
      accepted: 3,
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1 } },
    })
  })
})

describe('upstreams that ask for time or break', () => {
  test('a long wait comes back with the place; a short one is sat out', async () => {
    let waits = 0
    readAnswer = (...all) => {
      if (pageOf(all[0].path) !== 2 || waits > 0) return servePage(...all)
      waits += 1
      sendJson(all[2], 429, {}, { 'retry-after': '0' })
    }
    expect(await bench.sync(await slice())).toMatchObject({ outcome: 'done' })
    readAnswer = (...all) => {
      if (pageOf(all[0].path) < 2) return servePage(...all)
      sendJson(all[2], 429, {}, { 'retry-after': '90' })
    }
    expect(await bench.sync(await slice())).toEqual({
      outcome: 'wait',
      connection: 'shop/default',
      waitMs: 90_000,
      reason: 'HTTP 429',
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1, read: 4, written: 4 } },
    })
  })

  test('a page that can’t be read ahead does not lose the one that is written', async () => {
    readAnswer = (...all) => {
      if (pageOf(all[0].path) < 3) return servePage(...all)
      sendJson(all[2], 500, {})
    }
    const failure = await failing(await slice())
    expect(failure).toMatchObject({
      type: 'UpstreamUnavailable',
      nonRetryable: false,
      checkpoint: { cursor: '/v1/orders?page=3', counters: { pages: 2, written: 8 } },
    })
    expect(writtenIds()).toEqual(allIds.slice(0, 8))
  })

  test.each<[string, string, Answer, Ends]>([
    [
      'a page that is not JSON',
      'AnswerUnreadable',
      (_seen, _request, response) => void response.end(`<p>${CANARY}</p>`),
      {},
    ],
    [
      'a missing items path',
      'ItemsMissing',
      (...all) => servePage(...all),
      { from: 'orders.lost' },
    ],
    [
      'an answer over the limit',
      'AnswerTooLarge',
      (...all) => servePage(...all),
      { from: 'orders.small' },
    ],
    [
      'a next link to another origin',
      'ForeignOrigin',
      (_seen, _request, response) => {
        sendJson(response, 200, { orders: [] }, { link: `<${erp.origin}/?page=2>; rel=next` })
      },
      {},
    ],
    [
      'a link header that is none',
      'AnswerInvalid',
      (_seen, _request, response) => {
        sendJson(response, 200, { orders: [] }, { link: `no link ${CANARY}` })
      },
      {},
    ],
    [
      'a page that names itself as the next',
      'AnswerInvalid',
      (_seen, _request, response) => {
        sendJson(response, 200, { orders: [] }, { link: '</v1/orders>; rel=next' })
      },
      {},
    ],
    [
      'pages in a circle',
      'AnswerInvalid',
      ({ path }, _request, response) => {
        const link = `</v1/orders?page=${pageOf(path) === 2 ? '3' : '2'}>; rel=next`
        sendJson(response, 200, { orders: [] }, { link })
      },
      {},
    ],
  ])('%s is %s', async (_name, type, answer, ends) => {
    readAnswer = answer
    expect(await failing(await slice(ends))).toMatchObject({ type, nonRetryable: true })
    readAnswer = servePage
    expect(await bench.sync(await slice())).toMatchObject({ outcome: 'done' })
  })

  test('a cursor that leads elsewhere is refused', async () => {
    const leads = (cursor: string) => slice({}, { checkpoint: { ...start, cursor } })
    expect(await failing(await leads(`${erp.origin}/`))).toMatchObject({ type: 'ForeignOrigin' })
    expect(await failing(await leads('no page'))).toMatchObject({ type: 'InvalidInput' })
    await bench.sync(await leads('//evil.example/?page=6'))
    expect(shop.seen.at(-1)?.path).toBe(`//evil.example/?page=6&key=${CANARY}`)
  })
})

describe('a sink whose writes must not be repeated', () => {
  const add = (more: Partial<SyncSliceInput> = {}) => slice({ to: 'orders.add' }, more)

  test('an unknown outcome stops the sync', async () => {
    writeAnswer = (seen, request, response) => {
      if (seen.body.includes('"id":3')) request.socket.destroy()
      else return accept(seen, request, response)
    }
    const stored: { checkpoint: SyncCheckpoint; phase?: string }[] = []
    const failure = await failureOf(bench.sync(await add(), { client: heartbeatClient(stored) }))
    expect(failure).toMatchObject({ type: 'AmbiguousWrite', nonRetryable: true })
    expect(stored.at(-1)).toMatchObject({ phase: 'sent' })
    const info = { attempt: 2, heartbeatDetails: stored.at(-1) }
    erp.seen.length = 0
    expect(await failing(await add(), info)).toMatchObject({ type: 'AmbiguousWrite' })
    expect(erp.seen).toEqual([])
  })

  test('a page that was accepted in part goes on behind that part', async () => {
    let refuse = true
    writeAnswer = (seen, request, response) => {
      if (refuse && seen.body.includes('"id":7')) sendJson(response, 401, {})
      else return accept(seen, request, response)
    }
    const client = heartbeatClient([])
    const first = await bench.sync(await add(), { client })
    expect(first).toMatchObject({ outcome: 'rejected', checkpoint: { counters: { pages: 1 } } })
    expect(first.checkpoint.cursor).toMatch(/^\/v1\/orders\?page=2#2\.[0-9a-f]{16}$/)
    refuse = false
    const rest = await bench.sync(await add({ checkpoint: first.checkpoint }), { client })
    expect(rest).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    const accepted = erp.seen.filter((_one, at) => at !== 3)
    expect(
      accepted.flatMap(({ body }) => (JSON.parse(body) as { orders: RecordOf[] }).orders),
    ).toEqual(allIds.map((id) => ({ id })))
    const changed =
      first.checkpoint.cursor?.replace(/.$/, (last) => (last === '0' ? '1' : '0')) ?? ''
    const input = await add({ checkpoint: { ...first.checkpoint, cursor: changed } })
    expect(await failing(input)).toMatchObject({ type: 'AmbiguousWrite' })
  })
})
