import { expect } from 'vitest'
import * as z from 'zod'
import type { SinkFunction, TransformFunction } from '../../../activities/keeper/sync-functions.js'
import {
  apiKey,
  defineConnector,
  get,
  linkHeader,
  nextUrl,
  post,
  put,
} from '../../../src/connectors/index.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
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

export type Answer = Parameters<typeof startUpstream>[0]
export interface RecordOf {
  readonly id: number
}
export interface Ends {
  readonly from?: string
  readonly to?: string
}

export const PAGES = 6
export const PER_PAGE = 4
export const allIds = Array.from({ length: PAGES * PER_PAGE }, (_, at) => at + 1)
export const done = { pages: PAGES, read: PAGES * PER_PAGE, written: PAGES * PER_PAGE }
export const start: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }

export const pageOf = (path: string): number =>
  Number(new URL(path, 'http://x').searchParams.get('page') ?? '1')

export const recordsIn = (body: string): RecordOf[] =>
  (JSON.parse(body) as { readonly orders: RecordOf[] }).orders

export const accept: Answer = (_seen, _request, response) => {
  sendJson(response, 200, {})
}

export const refuseCanary = (details: unknown): void => {
  expect(JSON.stringify(details)).not.toContain(CANARY)
}

const RESULTS = {
  path: 'results',
  ok: { path: 'status', equals: ['ok', 201] },
  reason: 'error.code',
  retry: { path: 'error.retry', equals: [true] },
}

const plain = (id: number): object => ({ id })
const same: TransformFunction = (record) => record
const nothing: SinkFunction = () => undefined

/** A shop with six pages, an ERP, both answering as a test says, and the connectors of both. */
export class SyncStage {
  readAnswer: Answer
  writeAnswer: Answer = accept
  /** A record of the shop. */
  makeRecord: (id: number) => object = plain
  /** What the worker has registered as the sink `writeOrders` and the transform `toErpOrder`. */
  sink: SinkFunction = nothing
  transform: TransformFunction = same

  private constructor(
    readonly shop: Upstream,
    readonly erp: Upstream,
    readonly bench: ActivityBench,
  ) {
    this.readAnswer = this.servePage
  }

  static async start(): Promise<SyncStage> {
    const running: { stage?: SyncStage } = {}
    const shop = await startUpstream((...all) => running.stage?.readAnswer(...all))
    const erp = await startUpstream((...all) => running.stage?.writeAnswer(...all))
    const sink: SinkFunction = (...all) => running.stage?.sink(...all)
    const transform: TransformFunction = (...all) => running.stage?.transform(...all)
    const bench = await createActivityBench(connectorsOf(shop.origin, erp.origin), {
      sinks: new Map([['writeOrders', sink]]),
      transforms: new Map([['toErpOrder', transform]]),
    })
    running.stage = new SyncStage(shop, erp, bench)
    return running.stage
  }

  reset(): void {
    this.readAnswer = this.servePage
    this.writeAnswer = accept
    this.makeRecord = plain
    this.sink = nothing
    this.transform = same
    this.shop.seen.length = 0
    this.erp.seen.length = 0
    this.bench.draining = false
    this.bench.restart()
  }

  async stop(): Promise<void> {
    await this.shop.stop()
    await this.erp.stop()
  }

  /** Page by page, with a link that repeats the key as some upstreams do. */
  readonly servePage: Answer = ({ path }, _request, response) => {
    const page = pageOf(path)
    const records = Array.from({ length: PER_PAGE }, (_, at) =>
      this.makeRecord((page - 1) * PER_PAGE + at + 1),
    )
    const next = `${this.shop.origin}/v1/orders?page=${String(page + 1)}&key=${CANARY}`
    const link = `<${next}>; rel="next last"`
    sendJson(response, 200, { orders: records }, page < PAGES ? { link } : {})
  }

  async slice(ends: Ends = {}, more: Partial<SyncSliceInput> = {}): Promise<SyncSliceInput> {
    return {
      from: { connection: 'shop/default', endpoint: ends.from ?? 'orders.list' },
      to: { connection: 'erp/default', endpoint: ends.to ?? 'orders.upsert' },
      fromLease: await this.bench.lease('shop/default', { generation: 3 }),
      toLease: await this.bench.lease('erp/default', { generation: 5 }),
      lineage: 'sync-1/run-1',
      checkpoint: start,
      ...more,
    }
  }

  /** A slice to the function `writeOrders`. */
  async toFunction(more: Partial<SyncSliceInput> = {}, from = 'orders.list') {
    const { toLease: _none, ...input } = await this.slice({ from }, more)
    return { ...input, to: { sink: 'writeOrders', ...more.to } }
  }

  async failing(input: SyncSliceInput, info = {}) {
    const client = heartbeatClient([])
    const failure = await failureOf(
      this.bench.sync(input, { info, client, onHeartbeat: refuseCanary }),
    )
    expect(failure.text).not.toContain(CANARY)
    return failure
  }

  /** A slice that ended in trouble which may pass: the place is handed back, and the flow waits. */
  async troubled(input: SyncSliceInput, info = {}) {
    const client = heartbeatClient([])
    const result = await this.bench.sync(input, { info, client, onHeartbeat: refuseCanary })
    if (result.outcome !== 'wait' || result.failed === undefined)
      throw new Error(`expected trouble, not ${result.outcome}`)
    refuseCanary(result)
    const { failed, checkpoint, waitMs, reason } = result
    return { type: failed.code, message: failed.message, checkpoint, waitMs, reason }
  }

  writtenIds(): number[] {
    return this.erp.seen.flatMap(({ body }) => recordsIn(body).map(({ id }) => id))
  }
}

function connectorsOf(shopOrigin: string, erpOrigin: string) {
  return [
    defineConnector({
      id: 'shop',
      baseUrl: `${shopOrigin}/v1`,
      auth: apiKey({ in: 'query', name: 'key' }),
      endpoints: {
        'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
        'orders.named': get('/orders', { items: 'orders', id: 'id', paginate: linkHeader() }),
        'orders.nextUrl': get('/orders', { items: 'orders', paginate: nextUrl({ path: 'next' }) }),
        'orders.lost': get('/orders', { items: 'data.orders', paginate: linkHeader() }),
        'orders.checked': get('/orders', {
          items: 'orders',
          itemSchema: z.object({ id: z.number(), total: z.optional(z.number()) }),
          id: 'id',
          paginate: linkHeader(),
        }),
        'orders.computed': get('/orders', {
          items: 'orders',
          itemSchema: z.object({ id: z.number(), at: z.string() }).transform(({ id, at }) => {
            if (Number.isNaN(Date.parse(at))) throw new RangeError(`no moment: ${at}`)
            return { id }
          }),
          id: 'id',
          paginate: linkHeader(),
        }),
        'orders.small': get('/orders', { items: 'orders', maxBytes: 20 }),
      },
    }),
    defineConnector({
      id: 'erp',
      baseUrl: erpOrigin,
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
        'orders.typed': post('/orders', {
          body: z.object({ id: z.number(), total: z.optional(z.number()) }),
          idempotency: { header: 'Idempotency-Key', id: 'id' },
        }),
        'orders.many': post('/orders', {
          batch: { size: 4, items: 'orders' },
          idempotency: { header: 'Idempotency-Key', id: 'id' },
        }),
        'orders.results': post('/orders', {
          batch: { size: 4, items: 'orders' },
          idempotency: { header: 'Idempotency-Key', id: 'id' },
          results: RESULTS,
        }),
        'orders.resultsById': post('/orders', {
          batch: { size: 4, items: 'orders' },
          idempotency: { header: 'Idempotency-Key', id: 'id' },
          results: { ...RESULTS, id: 'order.id' },
        }),
        'orders.addResults': post('/orders', {
          batch: { size: 4, items: 'orders' },
          results: RESULTS,
        }),
        'orders.find': get('/orders'),
        'orders.get': get('/orders/{id}'),
        'orders.update': put('/orders/{number}'),
        'orders.looked': post('/orders', {
          batch: { size: 2, items: 'orders' },
          lookup: { endpoint: 'orders.find', param: 'external_id', key: 'id', found: 'orders' },
        }),
        'orders.lookedOne': post('/orders', {
          batch: { size: 1, items: 'orders' },
          lookup: { endpoint: 'orders.get', param: 'id', key: 'id' },
        }),
        'orders.upserted': post('/orders', {
          batch: { size: 2, items: 'orders' },
          lookup: {
            endpoint: 'orders.find',
            param: 'external_id',
            key: 'id',
            found: 'orders',
            ifFound: 'orders.update',
          },
        }),
        'orders.repeated': post('/orders', {
          batch: { size: 2, items: 'orders' },
          onUnknown: 'repeat',
        }),
        'orders.putOnce': put('/orders/{id}', { onUnknown: 'fail' }),
      },
    }),
  ]
}
