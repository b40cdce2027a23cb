import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import {
  apiKey,
  type Connector,
  defineConnector,
  get,
  linkHeader,
} from '../../src/connectors/index.js'
import type { SyncInput, SyncProgressReport, SyncResult } from '../../src/contract/sync.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { type DevServer, startDevServer } from '../setup/dev-server.js'
import { replayRuns, type Run } from './replay-runs.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const QUEUE = 'long-run'
const PAGES = 50
const PAGE_MS = 60
/** Several slices a sync, and so several runs. */
const LEASE_MS = 1000
/** A run of a sync and of a token workflow is long after so many events. */
const EVENTS = 15

const written = new Map<string, number[]>()
let shop: LoopbackServer
let server: DevServer
let keeper: Keeper
let client: TestClient
let startWorker: () => Promise<Keeper>

beforeAll(async () => {
  shop = await startLoopbackServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '', shop.origin)
    const page = Number(searchParams.get('page') ?? '1')
    await new Promise((resolve) => setTimeout(resolve, PAGE_MS))
    searchParams.set('page', String(page + 1))
    const link = `<${shop.origin}/orders?${searchParams.toString()}>; rel="next"`
    sendJson(response, 200, [{ id: page }], page < PAGES ? { link } : {})
  })
  server = await startDevServer({
    cliPath: inject('temporalCliPath'),
    extraArgs: [
      '--dynamic-config-value',
      `limit.historyCount.suggestContinueAsNew=${String(EVENTS)}`,
    ],
  })
  const key = await makeKey()
  const workflowBundle = await testBundle()
  startWorker = () =>
    startKeeper(server.address, {
      keyFiles: [key.file],
      taskQueue: QUEUE,
      workflowBundle,
      connectors: [connectorOf('shop', LEASE_MS), connectorOf('lasting', 60_000)],
      sinks: {
        keepOrders: (_records, { lineage, ids }) => {
          const flow = lineage.split('/')[0] ?? ''
          written.set(flow, [...(written.get(flow) ?? []), ...ids.map(Number)])
        },
      },
    })
  keeper = await startWorker()
  client = await connectClient(server.address, QUEUE, key.publicKey)
})
afterAll(async () => {
  await replayRuns(await testBundle(), allRuns())
  await client.close()
  await keeper.stop()
  await server.stop()
  await shop.stop()
})

function connectorOf(id: string, maxLeaseAgeMs: number): Connector {
  return defineConnector({
    id,
    baseUrl: shop.origin,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { list: get('/orders', { id: 'id', paginate: linkHeader() }) },
    maxLeaseAgeMs,
  })
}

async function* allRuns(): AsyncGenerator<Run> {
  for await (const { workflowId, runId } of client.client.workflow.list()) {
    const history = await client.client.workflow.getHandle(workflowId, runId).fetchHistory()
    yield { workflowId, history }
  }
}

async function begin(flow: string, connector = 'shop') {
  await client.keeper.connect(connector, flow, { apiKey: `key of ${flow}` })
  return await client.client.workflow.start<(input: SyncInput) => Promise<SyncResult>>('syncFlow', {
    taskQueue: QUEUE,
    workflowId: flow,
    args: [
      {
        from: { connection: `${connector}/${flow}`, endpoint: 'list', input: { flow } },
        to: { sink: 'keepOrders' },
        keeperTaskQueue: QUEUE,
      },
    ],
  })
}

const progressOf = (flow: string) =>
  client.client.workflow.getHandle(flow).query<SyncProgressReport>('tokenkeeper.progress')
const runsOf = async (flow: string): Promise<number> =>
  (await client.client.workflow.count(`WorkflowId = '${flow}'`)).count
const isWhole = (flow: string): void => {
  expect(written.get(flow)).toEqual(Array.from({ length: PAGES }, (_none, at) => at + 1))
}

it('a sync whose runs are short loses, doubles and counts anew nothing: in its middle, paused, parked', async () => {
  await Promise.all([isContinued(), staysPaused(), staysParked()])
})

async function isContinued(): Promise<void> {
  const flow = await begin('plain')
  expect(await flow.result()).toMatchObject({
    pages: PAGES,
    read: PAGES,
    written: PAGES,
    lineage: `plain/${flow.firstExecutionRunId}`,
  })
  isWhole('plain')
  await until(
    () => runsOf('plain'),
    (runs) => runs > 1,
  )
}

async function staysPaused(): Promise<void> {
  const flow = await begin('paused', 'lasting')
  const handle = client.client.workflow.getHandle('paused')
  const runId = async (): Promise<string> => (await handle.describe()).runId
  await until(
    () => written.get('paused')?.length ?? 0,
    (pages) => pages > 2,
  )
  const before = await runId()
  await handle.signal('tokenkeeper.pause')
  const { sinceMs } = await until(
    () => progressOf('paused'),
    ({ state }) => state === 'paused',
  )
  // The slice under way hands back its place, and its run is long by then: the next one is held.
  await until(runId, (now) => now !== before)
  expect(await progressOf('paused')).toMatchObject({ state: 'paused', sinceMs })
  expect((await client.keeper.status('lasting', 'paused')).waiting).toBe(0)
  await handle.signal('tokenkeeper.resume')
  const { waits, ...result } = await flow.result()
  expect(result).toMatchObject({ read: PAGES, written: PAGES })
  expect(waits).toMatchObject([{ why: 'paused by an operator' }])
  isWhole('paused')
}

async function staysParked(): Promise<void> {
  const flow = await begin('parked')
  await until(
    async () => (await client.client.workflow.getHandle('parked').describe()).runId,
    (runId) => runId !== flow.firstExecutionRunId,
  )
  const token = client.client.workflow.getHandle('token:shop:parked')
  await client.keeper.pause('shop', 'parked')
  const parked = await until(
    () => progressOf('parked'),
    ({ state }) => state === 'parked',
  )
  const before = (await token.describe()).runId
  // Any message to the token workflow makes its history longer.
  await until(
    async () => {
      await client.keeper.pause('shop', 'parked')
      return (await token.describe()).runId
    },
    (now) => now !== before,
  )
  expect((await client.keeper.status('shop', 'parked')).waitingFlows).toEqual(['parked'])
  await client.keeper.resume('shop', 'parked')
  const { waits, ...result } = await flow.result()
  expect(result).toMatchObject({ read: PAGES, written: PAGES })
  expect(waits).toMatchObject([{ connection: 'shop/parked', why: 'paused by an operator' }])
  isWhole('parked')
  expect(parked.connection).toBe('shop/parked')
}
