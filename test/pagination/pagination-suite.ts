import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paginationStyle } from '../../src/pagination/registry.js'
import { apiKey, defineConnector, type Pagination, post } from '../../src/connectors/index.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import { pagedEndpoints, type PagedEndpointName } from '../fixtures/paged-endpoints.js'
import { type PagedUpstream, startPagedUpstream } from '../fixtures/paged-upstream.js'
import { sendJson } from '../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  startUpstream,
  type Upstream,
} from '../activities/activity-bench.js'
import { recordsIn, refuseCanary } from '../activities/sync/sync-stage.js'

/** Records a page. */
export const SIZE = 4
export const MANY = SIZE * 4 + 1
const SIZES = [0, 1, SIZE - 1, SIZE, SIZE + 1, MANY]
const START: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } }

export interface SuiteOptions {
  /** Names of the paged upstream's endpoints in this style. */
  readonly endpoints: readonly PagedEndpointName[]
  /** How many records share a timestamp; at least the default fits into a page. */
  readonly perMoment?: number
  /** Pages whose place for the next one can't be read, by what is wrong. */
  readonly unreadable: Readonly<Record<string, Unreadable>>
  /** What comes of an upstream that repeats the key where it tells the next page. */
  readonly repeatedKey: 'left out' | 'refused' | 'never told'
}

export interface Unreadable {
  readonly paginate: Pagination
  readonly headers?: IncomingHttpHeaders
  readonly body?: unknown
  readonly records?: readonly unknown[]
  readonly outcome: 'unreadable' | 'stuck'
}

/** What every style of pagination has to do, against a strict upstream over HTTP. */
export function paginationSuite(style: Pagination['style'], options: SuiteOptions): void {
  const { endpoints, perMoment = 3, unreadable, repeatedKey } = options
  const sources = pagedEndpoints(SIZE)
  let shop: PagedUpstream
  let erp: Upstream
  let bench: ActivityBench

  beforeAll(async () => {
    shop = await startPagedUpstream({ records: 0, perMoment, largestPage: SIZE, key: CANARY })
    erp = await startUpstream((_seen, _request, response) => {
      sendJson(response, 200, {})
    })
    const defined = Object.entries(sources).map(([name, { endpoint }]) => [name, endpoint] as const)
    bench = await createActivityBench([
      defineConnector({
        id: 'shop',
        baseUrl: shop.origin,
        auth: apiKey({ in: 'query', name: 'key' }),
        endpoints: Object.fromEntries(defined),
      }),
      defineConnector({
        id: 'erp',
        baseUrl: erp.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: {
          'orders.upsert': post('/orders', {
            batch: { size: 100, items: 'orders' },
            idempotency: { header: 'Idempotency-Key', id: 'id' },
          }),
        },
      }),
    ])
  })
  afterAll(async () => {
    await shop.stop()
    await erp.stop()
  })

  const begin = (
    records: number,
    more: { ignoresPosition?: boolean; repeatsKey?: boolean } = {},
  ) => {
    Object.assign(shop.settings, { records, ignoresPosition: false, repeatsKey: false, ...more })
    erp.seen.length = 0
    bench.draining = false
  }
  const written = () => erp.seen.flatMap(({ body }) => recordsIn(body).map(({ id }) => id))
  const upTo = (records: number) => Array.from({ length: records }, (_, at) => at + 1)
  const slice = async (name: PagedEndpointName, checkpoint: SyncCheckpoint) => {
    const source: { input?: Readonly<Record<string, unknown>> } = sources[name]
    const { input } = source
    return {
      from: {
        connection: 'shop/default',
        endpoint: name,
        input,
      },
      to: { connection: 'erp/default', endpoint: 'orders.upsert' },
      fromLease: await bench.lease('shop/default'),
      toLease: await bench.lease('erp/default'),
      lineage: 'x',
      checkpoint,
    }
  }
  const run = async (name: PagedEndpointName, checkpoint = START) => {
    const result = await bench.sync(await slice(name, checkpoint), {
      client: heartbeatClient([]),
      onHeartbeat: refuseCanary,
    })
    refuseCanary(result)
    return result
  }
  /** As a flow does that gets its place back after every page. */
  const runPageByPage = async (name: PagedEndpointName) => {
    bench.draining = true
    let checkpoint = START
    for (let slices = 1; slices < 100; slices += 1) {
      const result = await run(name, checkpoint)
      if (result.outcome === 'done') return { slices, checkpoint: result.checkpoint }
      expect(result.outcome).toBe('draining')
      expect(result.checkpoint.cursor?.length).toBeLessThan(500)
      checkpoint = JSON.parse(JSON.stringify(result.checkpoint)) as SyncCheckpoint
    }
    throw new Error('it does not end')
  }

  describe.each(endpoints)(`${style}: %s`, (name) => {
    test('is of this style', () => {
      expect(sources[name].endpoint.paginate?.style).toBe(style)
    })

    test.each(SIZES)('every record of %d comes once and in order', async (records) => {
      begin(records)
      const { outcome, checkpoint } = await run(name)
      expect(outcome).toBe('done')
      expect(written()).toEqual(upTo(records))
      expect(checkpoint.counters).toMatchObject({ read: records, written: records })
      expect(checkpoint.cursor).toBeUndefined()
    })

    test('can be gone on with at every page', async () => {
      begin(MANY)
      const { slices, checkpoint } = await runPageByPage(name)
      expect(slices).toBeGreaterThanOrEqual(Math.ceil(MANY / SIZE))
      expect(written()).toEqual(upTo(MANY))
      expect(checkpoint.counters).toMatchObject({ read: MANY, written: MANY })
    })

    test('a source that gives the same page for ever is told', async () => {
      begin(MANY, { ignoresPosition: true })
      const failure = await failureOf(run(name))
      expect(failure).toMatchObject({ type: 'AnswerInvalid', nonRetryable: true })
      expect(failure.text).not.toContain(CANARY)
    })

    test('a key that is repeated stands in no checkpoint', async () => {
      begin(MANY, { repeatsKey: true })
      if (repeatedKey === 'refused') {
        const failure = await failureOf(run(name))
        expect(failure).toMatchObject({ type: 'AnswerInvalid', nonRetryable: true })
        expect(failure.text).not.toContain(CANARY)
        return
      }
      await runPageByPage(name)
      expect(written()).toEqual(upTo(MANY))
    })
  })

  test.each(Object.entries(unreadable))(
    `${style}: %s is told`,
    (_name, { paginate, headers = {}, body, records = [], outcome }) => {
      const url = new URL('https://shop.example/orders')
      const of = paginationStyle(paginate)
      const asked = of.first?.({ url }, paginate, undefined) ?? { url }
      const answer = { url, baseUrl: url, asked, isFirst: true, headers, body, records }
      expect(of.next(answer, paginate)).toMatchObject({ outcome })
    },
  )
}
