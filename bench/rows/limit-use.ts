import { effort } from '../effort.js'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  apiKey,
  type Connector,
  defineConnector,
  get,
  linkHeader,
} from '../../src/connectors/index.js'
import type { SyncInput } from '../../src/contract/sync.js'
import { LeakyBucket } from '../../test/fixtures/leaky-bucket.js'
import { startKeeper } from '../../test/fixtures/whole-path.js'
import { bundleOf } from '../bundles.js'
import { FLOW_QUEUE, KEEPER_QUEUE, startFlowWorker, startStage } from '../stage.js'
import type { Measured } from '../statistics.js'
import { SINK_KEY } from '../upstream.js'

const FLOWS = 10
const WORKERS = 2
const BUDGET = { requests: 40, perMs: 1000, burst: 40 }
/** So that what the bucket takes at the beginning is not counted. */
const WARM_UP_MS = 5000
const ROUND_MS = effort(10_000, 3000)
const ROUNDS = effort(3, 2)

/** Requests that the upstream's own bucket took / what it leaks, while ten syncs read without end. */
export async function measure(): Promise<Measured> {
  const bucket = new LeakyBucket(BUDGET)
  const origin = await serveEndlessPages(bucket)
  const stage = await startStage()
  const limited = limitedConnector(origin)
  for (let worker = 0; worker < WORKERS; worker += 1)
    await startKeeper(stage.address, {
      keyFiles: [stage.keyFile],
      taskQueue: KEEPER_QUEUE,
      connectors: [...stage.upstream.connectors, limited],
      workflowBundle: bundleOf('keeper'),
    })
  await startFlowWorker(stage.address)
  await stage.keeper.connect('limited', 'default', { apiKey: 'key' })
  await stage.keeper.connect('sink', 'default', { apiKey: SINK_KEY })
  for (let flow = 0; flow < FLOWS; flow += 1) {
    const input: SyncInput = {
      from: { connection: 'limited', endpoint: 'list', input: { page: 1 } },
      to: { connection: 'sink', endpoint: 'orders.upsert' },
    }
    await stage.client.workflow.start('syncFlow', {
      taskQueue: FLOW_QUEUE,
      workflowId: `limited-${String(flow)}`,
      args: [input],
    })
  }
  await sleep(WARM_UP_MS)
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = bucket.taken
    const startedAtMs = performance.now()
    await sleep(ROUND_MS)
    const allowed = ((performance.now() - startedAtMs) * BUDGET.requests) / BUDGET.perMs
    rounds.push((bucket.taken - before) / allowed)
  }
  const all = String(bucket.taken + bucket.refused)
  return {
    rounds,
    note: `${String(FLOWS)} flows on ${String(WORKERS)} workers, ${String(BUDGET.requests)} requests a second; ${String(bucket.refused)} of ${all} answered with 429`,
  }
}

function limitedConnector(origin: string): Connector {
  return defineConnector({
    id: 'limited',
    baseUrl: origin,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { list: get('/list', { paginate: linkHeader() }) },
    limits: { budget: BUDGET },
  })
}

async function serveEndlessPages(bucket: LeakyBucket): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1')
    const isTaken = bucket.takes(performance.now())
    const page = Number(url.searchParams.get('page'))
    const next = `<http://${request.headers.host ?? ''}/list?page=${String(page + 1)}>; rel="next"`
    response.writeHead(isTaken ? 200 : 429, {
      'content-type': 'application/json',
      ...(isTaken ? { link: next } : { 'retry-after': '1' }),
    })
    response.end(isTaken ? JSON.stringify([{ id: `order-${String(page)}` }]) : '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
}
