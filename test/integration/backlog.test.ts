import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallInput, CallResult } from '../../src/contract/flow-activities.js'
import type { Lease } from '../../src/contract/lease.js'
import type { SyncSliceInput } from '../../src/contract/sync-slice.js'
import { type Child, startChild } from './child.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
let flows: Child
let queue: string
beforeAll(async () => {
  stage = await startStage({ accessTokenSeconds: 15, orders: { late: 400 }, pageDelayMs: 200 })
  await stage.connectShop()
  await stage.connectErp()
  queue = `flows-${stage.run}`
  // Flows go on while the keeper is away.
  flows = await startChild('./flow-process.ts', [stage.address, queue, stage.shopId], {})
})
afterAll(async () => {
  await flows.kill('SIGTERM')
  await stage.end()
})

/** A token with its whole life before it, so that the next lease is good for long enough. */
async function freshToken(): Promise<Lease> {
  const status = () => stage.keeper.status(stage.shopId, 'acme')
  const { generation } = await status()
  await stage.keeper.refresh(stage.shopId, 'acme')
  await until(status, (now) => now.generation > generation)
  const tokens = stage.client.workflow.getHandle(`token:${stage.shopId}:acme`)
  const { lease } = await tokens.query<{ readonly lease: Lease }>('tokenkeeper.current-lease')
  return lease
}

interface Attempt<Input> {
  readonly input: Input
  readonly started: boolean
  readonly result: unknown
}

/** The activities of one kind that a flow has scheduled, in order, with what came of them. */
async function activitiesOf<Input>(flow: WorkflowHandle, type: string): Promise<Attempt<Input>[]> {
  const events = (await flow.fetchHistory()).events ?? []
  const read = (payload: { data?: Uint8Array | null } | undefined): unknown =>
    payload?.data ? JSON.parse(Buffer.from(payload.data).toString('utf8')) : undefined
  return events
    .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === type)
    .map((event) => {
      const id = String(event.eventId)
      const completed = events.find(
        (one) => String(one.activityTaskCompletedEventAttributes?.scheduledEventId) === id,
      )
      const begun = events.some(
        (one) => String(one.activityTaskStartedEventAttributes?.scheduledEventId) === id,
      )
      return {
        input: read(event.activityTaskScheduledEventAttributes?.input?.payloads?.[0]) as Input,
        started: begun,
        result: read(completed?.activityTaskCompletedEventAttributes?.result?.payloads?.[0]),
      }
    })
}

/** Leaves what is in the task queue there until the token of a lease has died, and one moment more. */
async function restartAfterDeath(lease: Lease): Promise<void> {
  const diesAtMs = lease.tokenExpiresAtMs ?? Number.NaN
  expect(diesAtMs).toBeGreaterThan(0)
  await until(
    () => Date.now(),
    (now) => now > diesAtMs + 500,
  )
  stage.worker = await stage.startKeeper()
}

describe('a task queue whose backlog is longer than the token lives', () => {
  it('gives a call back unsent whose lease has ended; one without a lease finds a new one', async () => {
    await freshToken()
    const caller = async (leased: boolean) => {
      const input = { connector: stage.shopId, account: 'acme', taskQueue: stage.taskQueue }
      const workflowId = `late-call-${String(leased)}-${stage.run}`
      const start = { taskQueue: queue, workflowId, args: [{ ...input, endpoint: 'shop', leased }] }
      const flow = await stage.client.workflow.start('callOnSignal', start)
      const calls = () => activitiesOf<CallInput>(flow, 'tokenkeeper.call')
      await flow.signal('call')
      await until(calls, ([first]) => (first?.result as CallResult | undefined)?.outcome === 'done')
      return { flow, calls }
    }
    const [holder, finder] = await Promise.all([caller(true), caller(false)])
    // The keeper goes away; one flow has a lease that is good, and asks for a call with it.
    await stage.worker.stop()
    await Promise.all([holder.flow.signal('call'), finder.flow.signal('call')])
    const queued = (await until(holder.calls, (those) => those.length === 2)).at(-1)
    expect(queued).toMatchObject({ started: false })
    const found = (await until(finder.calls, (those) => those.length === 2)).at(-1)
    expect(found?.input.lease).toBeUndefined()
    const lease = queued?.input.lease as Lease
    const { requests } = stage.shop.counters
    await restartAfterDeath(lease)
    const [, late, ...again] = await until(
      holder.calls,
      (those) => (those.at(-1)?.result as CallResult | undefined)?.outcome === 'done',
    )
    expect(late).toMatchObject({ started: true, result: { outcome: 'lease-expired' } })
    expect(again.length).toBeGreaterThan(0)
    await until(
      finder.calls,
      (those) =>
        those.length > 1 && (those.at(-1)?.result as CallResult | undefined)?.outcome === 'done',
    )
    expect(stage.shop.counters.requests).toBe(requests + 2)
    expect(stage.shop.counters.rejections).toBe(0)
    await Promise.all([holder.flow.signal('end'), finder.flow.signal('end')])
    expect([await holder.flow.result(), await finder.flow.result()]).toEqual([2, 2])
  })

  it('takes a sync up at its place, and nothing is sent with the dead token', async () => {
    const from = {
      connection: `${stage.shopId}/acme`,
      endpoint: 'orders.list',
      input: { flow: 'late', limit: 10 },
    }
    const to = { connection: stage.erpId, endpoint: 'orders.upsert' }
    const lease = await freshToken()
    const flow = await stage.client.workflow.start('syncFlow', {
      taskQueue: queue,
      workflowId: `late-sync-${stage.run}`,
      args: [{ from, to, keeperTaskQueue: stage.taskQueue }],
    })
    await until(
      () => stage.erp.counters.orders,
      (orders) => orders >= 20,
    )
    // It hands its place back to the flow, which asks for the rest.
    await stage.worker.stop()
    const slices = () => activitiesOf<SyncSliceInput>(flow, 'tokenkeeper.sync')
    const before = await until(slices, (those) => those.at(-1)?.started === false)
    const queued = before.at(-1)
    await restartAfterDeath(lease)
    expect(await flow.result()).toMatchObject({ read: 400, written: 400 })
    expect(queued?.input.checkpoint.counters.pages).toBeGreaterThan(0)
    expect(queued?.input.fromLease).toBeUndefined()
    expect(stage.shop.counters.rejections).toBe(0)
    const ids = stage.shop.orderIds().filter((id) => id.includes('late'))
    expect(stage.erp.missing(ids)).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })
})
