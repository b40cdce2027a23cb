import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { apiKey, defineConnector, get, linkHeader } from '../../src/connectors/index.js'
import type { SyncResult } from '../../src/contract/sync.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import {
  connectClient,
  erpConnector,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { type DevServer, startDevServer } from '../setup/dev-server.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const QUEUE = 'wait-restart'
const PAGES = 6
const PER_PAGE = 5
const LIMITED_PAGE = 3
const RETRY_AFTER_SECONDS = 6
/** Shorter than the wait, so that a lease has to be asked for after it. */
const LEASE_MS = 3000

const ERP_KEY = 'key of the erp'
const seen: { readonly page: number; readonly atMs: number }[] = []
let limitedAtMs: number | undefined
let folder: string
let server: DevServer
let shop: LoopbackServer
let erp: Erp
let keeper: Keeper
let client: TestClient
let startWorker: () => Promise<Keeper>

beforeAll(async () => {
  shop = await startLoopbackServer((request, response) => {
    const page = Number(new URL(request.url ?? '', shop.origin).searchParams.get('page') ?? '1')
    seen.push({ page, atMs: Date.now() })
    if (page === LIMITED_PAGE && limitedAtMs === undefined) {
      limitedAtMs = Date.now()
      sendJson(response, 429, {}, { 'retry-after': String(RETRY_AFTER_SECONDS) })
      return
    }
    const records = Array.from({ length: PER_PAGE }, (_none, at) => ({
      id: `waited-${String(page)}-${String(at)}`,
    }))
    const next = `<${shop.origin}/orders?page=${String(page + 1)}>; rel="next"`
    sendJson(response, 200, records, page < PAGES ? { link: next } : {})
  })
  erp = await startErp({ keys: [ERP_KEY] })
  folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-wait-'))
  server = await startDevServer({
    cliPath: inject('temporalCliPath'),
    dbFilename: join(folder, 'temporal.db'),
  })
  const { address } = server
  const key = await makeKey()
  const connectors = [
    defineConnector({
      id: 'shop',
      baseUrl: shop.origin,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { list: get('/orders', { paginate: linkHeader() }) },
      maxLeaseAgeMs: LEASE_MS,
    }),
    erpConnector('erp', erp.origin, { maxLeaseAgeMs: LEASE_MS }),
  ]
  const workflowBundle = await testBundle()
  startWorker = () =>
    startKeeper(address, {
      keyFiles: [key.file],
      taskQueue: QUEUE,
      connectors,
      workflowBundle,
    })
  keeper = await startWorker()
  client = await connectClient(address, QUEUE, key.publicKey)
  await client.keeper.connect('shop', 'default', { apiKey: 'key of the shop' })
  await client.keeper.connect('erp', 'default', { apiKey: ERP_KEY })
})
afterAll(async () => {
  await client.close()
  await keeper.stop()
  await server.stop()
  await Promise.all([shop.stop(), erp.stop()])
  await rm(folder, { recursive: true, force: true })
})

it('a Retry-After outlives a restart of the server and of the worker, and costs nothing', async () => {
  const flow = await client.client.workflow.start<() => Promise<SyncResult>>('syncFlow', {
    taskQueue: QUEUE,
    workflowId: 'waiting',
    args: [
      {
        from: { connection: 'shop', endpoint: 'list' },
        to: { connection: 'erp', endpoint: 'orders.upsert' },
        keeperTaskQueue: QUEUE,
      },
    ] as never,
  })
  const eventsOf = async () => (await flow.fetchHistory()).events ?? []
  const isWait = (summary: string): boolean => summary.includes('HTTP 429')
  await until(eventsOf, (events) => events.some((event) => isWait(summaryOf(event))))
  expect(await pendingActivities()).toEqual([])
  const before = seen.length

  await keeper.stop()
  await server.stop()
  server = await startDevServer({
    cliPath: inject('temporalCliPath'),
    dbFilename: join(folder, 'temporal.db'),
    port: Number(server.address.split(':')[1]),
  })
  keeper = await startWorker()
  expect(await untilTheEnd(before)).toBe(true)

  expect(await flow.result()).toMatchObject({
    pages: PAGES,
    read: PAGES * PER_PAGE,
    written: PAGES * PER_PAGE,
  })
  expect(erp.counters.appliedTwice).toBe(0)
  expect(erp.counters.orders).toBe(PAGES * PER_PAGE)
  const [last, next] = seen.slice(before - 1)
  expect(last?.page).toBe(LIMITED_PAGE)
  expect(next?.page).toBe(LIMITED_PAGE)
  expect((next?.atMs ?? 0) - (limitedAtMs ?? 0)).toBeGreaterThanOrEqual(
    RETRY_AFTER_SECONDS * 1000 - 50,
  )
  const events = await eventsOf()
  const begun = events.findIndex((event) => isWait(summaryOf(event)))
  const fired = events.findIndex(
    ({ timerFiredEventAttributes: one }) =>
      one?.startedEventId?.toString() === events[begun]?.eventId?.toString(),
  )
  const during = events.slice(begun, fired)
  expect(during.filter(isWork)).toEqual([])
  // The leases of before are dead: none of them is handed in, a new one is asked for or found.
  const [first] = events.slice(fired).filter(isWork)
  const { activityTaskScheduledEventAttributes: slice } = first ?? {}
  expect(first).toBeDefined()
  const inputs = (slice?.input?.payloads ?? []).map(({ data }) =>
    Buffer.from(data ?? '').toString(),
  )
  expect(inputs.join()).not.toContain('tk1.')

  /** Looks as long as the wait lasts: no activity runs, and nothing is sent. */
  async function untilTheEnd(count: number): Promise<boolean> {
    const endMs = (limitedAtMs ?? 0) + RETRY_AFTER_SECONDS * 1000
    let quiet = true
    for (;;) {
      const pending = await pendingActivities()
      if (Date.now() >= endMs - 100) return quiet
      quiet &&= pending.length === 0 && seen.length === count
    }
  }

  async function pendingActivities(): Promise<unknown[]> {
    const { raw } = await flow.describe()
    return raw.pendingActivities ?? []
  }
})

type Event = NonNullable<
  Awaited<
    ReturnType<ReturnType<TestClient['client']['workflow']['getHandle']>['fetchHistory']>
  >['events']
>[number]

function summaryOf({ timerStartedEventAttributes: timer, userMetadata }: Event): string {
  return timer ? Buffer.from(userMetadata?.summary?.data ?? '').toString('utf8') : ''
}

function isWork(event: Event): boolean {
  return Boolean(
    event.activityTaskScheduledEventAttributes ??
    event.signalExternalWorkflowExecutionInitiatedEventAttributes,
  )
}
