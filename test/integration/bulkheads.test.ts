import type { WorkflowHandle } from '@temporalio/client'
import type { Priority } from '@temporalio/common'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { SyncInput, SyncResult } from '../../src/contract/sync.js'
import {
  apiKey,
  clientCredentials,
  defineConnector,
  get,
  linkHeader,
  secret,
} from '../../src/connectors/index.js'
import { type LoopbackServer, startLoopbackServer } from '../fixtures/loopback-server.js'
import { SlowUpstream } from './slow-upstream.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const SLOTS = 4

const slow = new SlowUpstream()
let upstream: LoopbackServer
let stage: Stage
beforeAll(async () => {
  upstream = await startLoopbackServer((request, response) => {
    slow.handle(new URL(request.url ?? '', upstream.origin), response)
  })
  process.env['TEST_HUNG_SECRET'] = 'hung'
  stage = await startStage({
    slots: { tokens: SLOTS, work: SLOTS, syncs: SLOTS, callsOfConnector: 0.75 },
    connectors: ({ run }) => [
      defineConnector({
        id: `slow-${run}`,
        baseUrl: upstream.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: {
          hold: get('/hold', { timeoutMs: 120_000 }),
          list: get('/orders', { paginate: linkHeader() }),
        },
      }),
      defineConnector({
        id: `hung-${run}`,
        baseUrl: upstream.origin,
        auth: clientCredentials({
          tokenUrl: `${upstream.origin}/token`,
          clientId: 'app',
          clientSecret: secret('env:TEST_HUNG_SECRET'),
        }),
        endpoints: { hold: get('/hold') },
      }),
    ],
  })
  await stage.connectShop()
  await stage.connectErp()
  await stage.keeper.connect(`slow-${stage.run}`, 'acme', { apiKey: 'key' })
})
afterEach(() => {
  slow.release()
})
afterAll(async () => {
  await stage.end()
  await upstream.stop()
})

async function startCall(
  id: string,
  connector: string,
  account: string,
  endpoint: string,
  priority: Priority = {},
) {
  return await stage.client.workflow.start('callOnce', {
    taskQueue: stage.taskQueue,
    workflowId: `${id}-${stage.run}`,
    priority,
    args: [{ connector, account, endpoint, taskQueue: stage.taskQueue }],
  })
}

it('beside calls that hang, tokens are got, and calls of another connector are made', async () => {
  const calls = await Promise.all(
    Array.from({ length: SLOTS + 2 }, (_, index) =>
      startCall(`hangs-${String(index)}`, `slow-${stage.run}`, 'acme', 'hold'),
    ),
  )
  await until(
    () => slow.held.size,
    (held) => held === SLOTS - 1,
  )
  const before = await stage.keeper.status(stage.shopId, 'acme')
  await stage.keeper.refresh(stage.shopId, 'acme')
  const after = await stage.keeper.status(stage.shopId, 'acme')
  expect(after.generation).toBeGreaterThan(before.generation)
  const healthy = await startCall('healthy', stage.erpId, 'default', 'me')
  await healthy.result()
  expect(slow.held.size).toBe(SLOTS - 1)
  const ends = Promise.all(calls.map((call) => call.result()))
  await slow.releaseUntil(ends)
  await ends
})

it('beside token requests that hang, another connector gets its tokens', async () => {
  const connects = Promise.all(
    Array.from({ length: SLOTS + 2 }, async (_, index) => {
      await stage.keeper.connect(`hung-${stage.run}`, `account${String(index)}`, {})
    }),
  )
  connects.catch(() => undefined)
  await until(
    () => slow.hanging.size,
    (hanging) => hanging === SLOTS / 2,
  )
  const before = await stage.keeper.status(stage.shopId, 'acme')
  await stage.keeper.refresh(stage.shopId, 'acme')
  const after = await stage.keeper.status(stage.shopId, 'acme')
  expect(after.generation).toBeGreaterThan(before.generation)
  await slow.releaseUntil(connects)
  await connects
  expect(slow.mostHanging).toBe(SLOTS / 2)
})

it('syncs beyond the slots hold up no call, and take turns', async () => {
  const flows = Array.from({ length: SLOTS + 3 }, (_, index) => `turn${String(index)}`)
  const syncs = await Promise.all(
    flows.map((flow) =>
      stage.client.workflow.start<(input: SyncInput) => Promise<SyncResult>>('syncFlow', {
        taskQueue: stage.taskQueue,
        workflowId: `${flow}-${stage.run}`,
        args: [
          {
            from: {
              connection: `slow-${stage.run}/acme`,
              endpoint: 'list',
              input: { flow, page: 1 },
            },
            to: { connection: stage.erpId, endpoint: 'orders.upsert' },
            keeperTaskQueue: stage.taskQueue,
          },
        ],
      }),
    ),
  )
  await until(
    () => slow.pages.size,
    (asked) => asked === SLOTS,
  )
  const call = await startCall('between', stage.erpId, 'default', 'me')
  await call.result()
  expect(slow.pages.size).toBe(SLOTS)
  slow.letPagesFlow()
  // None of them has an end yet: without turns the first ones would go on for a minute each.
  await until(
    () => flows.map((flow) => slow.pages.get(flow) ?? 0),
    (pages) => pages.every((page) => page >= 2),
  )
  slow.isEnding = true
  const results = await Promise.all(syncs.map((sync) => sync.result()))
  expect(results.map(({ written }) => written)).toEqual(flows.map((flow) => slow.pages.get(flow)))
  expect(stage.erp.counters.appliedTwice).toBe(0)
  const ends = await Promise.all(syncs.map(sliceEnds))
  expect(ends.flat()).toContain('turn')
})

it('token work goes first, syncs last, connectors in turns, and what a flow says of itself goes before', async () => {
  const own = { priorityKey: 4, fairnessKey: 'tenant' }
  const call = await startCall('own', stage.erpId, 'default', 'me', own)
  await call.result()
  const of = (id: string) => prioritiesOf(stage.client.workflow.getHandle(id))
  expect(await of(`own-${stage.run}`)).toEqual(['4 tenant'])
  expect(await of(`healthy-${stage.run}`)).toEqual([`2 ${stage.erpId}`])
  expect(await of(`turn0-${stage.run}`)).toContain(`5 slow-${stage.run}`)
  expect(await of(`token:${stage.shopId}:acme`)).toEqual([`1 ${stage.shopId}`])
})

/** Those of a workflow's activities, each once. */
async function prioritiesOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const { events } = await handle.fetchHistory()
  const found = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    const { priorityKey, fairnessKey } = scheduled?.priority ?? {}
    return scheduled == null ? [] : [`${String(priorityKey)} ${String(fairnessKey)}`]
  })
  return [...new Set(found)]
}

/** Why the slices of a sync ended. */
async function sliceEnds(sync: WorkflowHandle): Promise<readonly unknown[]> {
  const { events } = await sync.fetchHistory()
  return (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: completed }) => {
    const data = completed?.result?.payloads?.[0]?.data
    if (data == null) return []
    return [(JSON.parse(Buffer.from(data).toString()) as { readonly outcome?: unknown }).outcome]
  })
}
