import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  LIMIT_UPDATES,
  limitWorkflowId,
  type SlotGrant,
  type SlotRequest,
} from '../../src/contract/limit.js'
import type { SyncResult } from '../../src/contract/sync.js'
import { apiKey, defineConnector, get, linkHeader } from '../../src/connectors/index.js'
import { LeakyBucket } from '../fixtures/leaky-bucket.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import type { Keeper } from '../fixtures/whole-path.js'
import { type Stage, startStage } from './stage.js'

const BUDGET = { requests: 40, perMs: 1000, burst: 20 }
const FLOWS = ['a', 'b', 'c', 'd', 'e']
const PAGES = 25
/** So that neither of the two workers can take all flows. */
const SYNCS_PER_WORKER = 3

const bucket = new LeakyBucket(BUDGET)
let shop: LoopbackServer
let stage: Stage
let second: Keeper

beforeAll(async () => {
  shop = await startLoopbackServer((request, response) => {
    const url = new URL(request.url ?? '', shop.origin)
    if (!bucket.takes(Date.now())) {
      sendJson(response, 429, {}, { 'retry-after': '1' })
      return
    }
    const [flow, page] = [url.searchParams.get('flow') ?? '', Number(url.searchParams.get('page'))]
    const next = `<${shop.origin}/orders?flow=${flow}&page=${String(page + 1)}>; rel="next"`
    const id = `${flow}-${String(page)}`
    sendJson(response, 200, [{ id }], page < PAGES ? { link: next } : {})
  })
  stage = await startStage({
    slots: { syncs: SYNCS_PER_WORKER },
    connectors: ({ run }) => [
      defineConnector({
        id: `limited-${run}`,
        baseUrl: shop.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: { list: get('/orders', { paginate: linkHeader() }) },
        limits: { budget: BUDGET },
      }),
    ],
  })
  second = await stage.startKeeper()
  await stage.connectErp()
  await stage.keeper.connect(`limited-${stage.run}`, 'acme', { apiKey: 'key' })
})
afterAll(async () => {
  await second.stop()
  await stage.end()
  await shop.stop()
})

it('five flows on two workers share one budget: the upstream has next to nothing to refuse', async () => {
  const connector = `limited-${stage.run}`
  const workflowId = limitWorkflowId({ connector, account: 'acme' })
  // It continues as new again and again while they ask it.
  await stage.client.workflow.start('limitWorkflow', {
    taskQueue: stage.taskQueue,
    workflowId,
    args: [{ connection: `${connector}/acme`, asksPerRun: 4 }],
  })
  const flows = await Promise.all(
    FLOWS.map((flow) =>
      stage.client.workflow.start<() => Promise<SyncResult>>('syncFlow', {
        taskQueue: stage.taskQueue,
        workflowId: `limited-${stage.run}-${flow}`,
        args: [
          {
            from: {
              connection: `${connector}/acme`,
              endpoint: 'list',
              input: { flow, page: 1 },
            },
            to: { connection: stage.erpId, endpoint: 'orders.upsert' },
            keeperTaskQueue: stage.taskQueue,
          },
        ] as never,
      }),
    ),
  )
  const results = await Promise.all(flows.map((flow) => flow.result()))
  expect(results.map(({ written }) => written)).toEqual(FLOWS.map(() => PAGES))
  expect(stage.erp.counters.appliedTwice).toBe(0)
  // Without a shared budget it would be most of them; each stall of this machine may cost a few.
  expect(bucket.refused).toBeLessThanOrEqual((FLOWS.length * PAGES) / 10)
  expect(bucket.taken).toBe(FLOWS.length * PAGES)
  const limit = stage.client.workflow.getHandle(workflowId)
  const question = { holder: 'test', want: 0, intervalMs: 25, burst: 20 }
  const { holders } = await limit.executeUpdate<SlotGrant, [SlotRequest]>(LIMIT_UPDATES.slots, {
    args: [question],
  })
  expect(holders).toBe(2)
  const { events } = await limit.fetchHistory()
  const [begin] = events ?? []
  expect(begin?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).not.toBe('')
})
