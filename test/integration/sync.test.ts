import { temporal } from '@temporalio/proto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const COMPLETED = temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED

let stage: Stage
beforeAll(async () => {
  stage = await startStage({
    accessTokenSeconds: 6,
    orders: { dying: 400, revoked: 200, killed: 200, reset: 60 },
    pageDelayMs: 150,
  })
  await stage.connectShop()
  await stage.connectErp()
})
afterAll(() => stage.end())

function missing(flow: string): readonly string[] {
  return stage.erp.missing(stage.shop.orderIds().filter((id) => id.includes(flow)))
}

describe('a sync', () => {
  it('outlives its tokens, none of which is refused', async () => {
    const flow = await stage.sync('dying')
    expect(await flow.result()).toMatchObject({ read: 400, written: 400 })
    expect(missing('dying')).toEqual([])
    expect(stage.shop.counters.rejections).toBe(0)
    expect(stage.shop.counters.tokensOfFlow['dying']).toBeGreaterThanOrEqual(2)
    expect(stage.server.counters.maxRefreshesPerGeneration).toBe(1)
  })

  it('repeats a page whose token is revoked in its middle, with the next generation', async () => {
    const flow = await stage.sync('revoked')
    await until(
      () => stage.shop.counters.tokensOfFlow['revoked'] ?? 0,
      (tokens) => tokens > 0,
    )
    await stage.shop.revokeDuringNextPage('revoked')
    expect(await flow.result()).toMatchObject({ read: 200, written: 200 })
    expect(missing('revoked')).toEqual([])
    const { rejections, rejectionsOfRevoked } = stage.shop.counters
    expect(rejections).toBe(rejectionsOfRevoked)
    expect(rejections).toBeGreaterThan(0)
    expect(stage.erp.counters.appliedTwice).toBe(0)
    expect(stage.server.counters.familiesRevoked).toBe(0)
  })

  it('goes on with the rotated key when the old one dies', async () => {
    const next = `${stage.erpKey}-next`
    process.env['TOKENKEEPER_SECRET_ERP_NEXT'] = next
    const flow = await stage.sync('killed')
    await until(
      () => stage.shop.counters.tokensOfFlow['killed'] ?? 0,
      (tokens) => tokens > 0,
    )
    stage.erp.addKey(next)
    await stage.client.workflow
      .getHandle(`token:${stage.erpId}:default`)
      .signal('tokenkeeper.rotate', { reference: 'env:TOKENKEEPER_SECRET_ERP_NEXT' })
    await until(
      () => stage.keeper.status(stage.erpId),
      ({ generation }) => generation === 2,
    )
    stage.erp.killKey(stage.erpKey)
    expect(await flow.result()).toMatchObject({ written: 200 })
    expect(missing('killed')).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })

  it('passes no page through its history', async () => {
    const history = await stage.client.workflow.getHandle(`sync-${stage.run}-dying`).fetchHistory()
    const text = JSON.stringify(history)
    for (const id of stage.shop.orderIds().slice(0, 20))
      expect(text.includes(Buffer.from(`"${id}"`).toString('base64').slice(1, -3))).toBe(false)
    expect(text.length).toBeLessThan(400_000)
  })
})

describe('a token workflow that is reset to before a rotation', () => {
  it('sends no token request, needs a new authorisation, and is healed by it', async () => {
    const id = `token:${stage.shopId}:acme`
    const handle = stage.client.workflow.getHandle(id)
    const { generation } = await stage.keeper.status(stage.shopId, 'acme')
    await until(
      () => stage.keeper.status(stage.shopId, 'acme'),
      (now) => now.generation >= generation + 1,
    )
    const events = (await handle.fetchHistory()).events ?? []
    const mints = events.filter(
      (event) =>
        event.activityTaskScheduledEventAttributes?.activityType?.name === 'tokenkeeper.mint',
    )
    const at = events
      .filter((event) => Number(event.eventId) < Number(mints[1]?.eventId))
      .findLast((event) => event.eventType === COMPLETED)
    const { runId } = await handle.describe()
    await stage.client.connection.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: id, runId },
      reason: 'test',
      requestId: `reset-${stage.run}`,
      workflowTaskFinishEventId: at?.eventId ?? null,
    })
    const requests = stage.proxy.counters.requests
    const dead = await until(
      () => stage.keeper.status(stage.shopId, 'acme'),
      (now) => now.status === 'needs_reauth',
    )
    expect(dead.reason).toBe('rolled_back')
    expect(stage.proxy.counters.requests).toBe(requests)
    await stage.connectShop()
    expect((await stage.keeper.status(stage.shopId, 'acme')).status).toBe('active')
    const flow = await stage.sync('reset')
    expect(await flow.result()).toMatchObject({ written: 60 })
  })
})
