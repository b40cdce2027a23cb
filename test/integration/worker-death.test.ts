import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureCode } from '../../src/contract/failure.js'
import { MISBEHAVIOURS, startMisbehavingProxy } from '../fixtures/misbehaving-proxy.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { type Child, startChild } from './child.js'
import { keepError } from './evidence.js'
import { startKeeperChild } from './keeper-child.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
let keeper: Child | undefined
const children: Child[] = []

async function startKeeperProcess(of = stage): Promise<Child> {
  const child = await startKeeperChild(of)
  children.push(child)
  return child
}

beforeAll(async () => {
  stage = await startStage({
    cachedWorkflows: 0,
    orders: { killed: 200, apart: 30 },
    pageDelayMs: 100,
  })
  await stage.connectShop()
  await stage.connectErp()
  await stage.worker.stop()
  keeper = await startKeeperProcess()
})
afterAll(async () => {
  for (const child of children) await child.kill('SIGKILL')
  stage.worker = await stage.startKeeper()
  await stage.end()
})

const status = () => stage.keeper.status(stage.shopId, 'acme')

describe('a keeper worker that goes away', () => {
  it('by SIGTERM during a refresh that takes 4 seconds loses nothing', async () => {
    const { generation } = await status()
    const { forwarded } = stage.proxy.counters
    stage.proxy.next({ kind: 'pass', delayAfterMs: 4000 })
    await askForRefresh(stage.client, stage.shopId, 'acme')
    await until(
      () => stage.proxy.counters.forwarded,
      (count) => count > forwarded,
    )
    await keeper?.kill('SIGTERM')
    keeper = await startKeeperProcess()
    const after = await until(status, (now) => now.generation === generation + 1)
    expect(after.status).toBe('active')
    expect(stage.server.counters.familiesRevoked).toBe(0)
    expect(stage.server.counters.maxRefreshesPerGeneration).toBe(1)
  })

  it('by SIGKILL in the middle of a sync: another one goes on at its page', async () => {
    const flow = await stage.sync('killed')
    await until(
      () => stage.erp.counters.orders,
      (orders) => orders >= 50,
    )
    await keeper?.kill('SIGKILL')
    keeper = await startKeeperProcess()
    expect(await flow.result()).toMatchObject({ read: 200, written: 200 })
    const ids = stage.shop.orderIds().filter((id) => id.includes('killed'))
    expect(stage.erp.missing(ids)).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })

  it('by SIGKILL during a refresh: seen by heartbeat, and tried again as ambiguous', async () => {
    const { generation } = await status()
    const { requests } = stage.proxy.counters
    stage.proxy.next(MISBEHAVIOURS.hang)
    // It answers when the provider has, which this time never does.
    askForRefresh(stage.client, stage.shopId, 'acme').catch(() => undefined)
    await until(
      () => stage.proxy.counters.requests,
      (count) => count > requests,
    )
    await keeper?.kill('SIGKILL')
    keeper = await startKeeperProcess()
    await until(status, (now) => now.failure !== undefined || now.generation > generation)
    const story = await stage.keeper.story(stage.shopId, 'acme')
    const failed = story.filter(({ event }) => event === 'refresh_failed')
    expect(failed.map(({ cause }) => cause)).toContain('ambiguous')
  })

  it('by SIGKILL twice while a new credential is verified: its connect is answered in time', async () => {
    const before = await startMisbehavingProxy(stage.erp.origin, { path: '/me' })
    const beside = { ...stage, erp: { ...stage.erp, origin: before.origin } }
    await keeper?.kill('SIGTERM')
    keeper = await startKeeperProcess(beside)
    before.next(MISBEHAVIOURS.hang, MISBEHAVIOURS.hang)
    const killAt = async (requests: number): Promise<void> => {
      await until(
        () => before.counters.requests,
        (count) => count >= requests,
      )
      await keeper?.kill('SIGKILL')
      keeper = await startKeeperProcess(beside)
    }
    const [status] = await Promise.all([
      stage.keeper.connect(stage.erpId, 'twice', { apiKey: stage.erpKey }),
      killAt(1).then(() => killAt(2)),
    ])
    expect(status).toMatchObject({ status: 'active' })
    await keeper.kill('SIGTERM')
    await before.stop()
    keeper = await startKeeperProcess()
  })
})

describe('keeper and flow workers apart', () => {
  it('everything but authorizedFetch works on a flow worker without key, connectors and environment', async () => {
    const queue = `flows-${stage.run}`
    const flows = await startChild('./flow-process.ts', [stage.address, queue, stage.shopId], {})
    children.push(flows)
    expect(flows.ready).toBe('ready ')
    await stage.connectShop()
    const args = [{ connector: stage.shopId, account: 'acme', taskQueue: stage.taskQueue }]
    const start = (type: string, more: object = {}): Promise<unknown> =>
      stage.client.workflow.execute(type, {
        taskQueue: queue,
        workflowId: `${type}-${stage.run}`,
        args: [{ ...args[0], ...more }],
      })
    expect(await start('leaseOnce')).toBeGreaterThan(0)
    expect(await start('callOnce', { endpoint: 'shop' })).toBeTypeOf('object')
    const refused = await start('fetchOnce').catch(keepError)
    expect(failureCode(refused)).toBe('NoKeyHere')
    const sync = await stage.client.workflow.start('syncFlow', {
      taskQueue: queue,
      workflowId: `apart-${stage.run}`,
      args: [
        {
          from: {
            connection: `${stage.shopId}/acme`,
            endpoint: 'orders.list',
            input: { flow: 'apart', limit: 10 },
          },
          to: { connection: stage.erpId, endpoint: 'orders.upsert' },
          keeperTaskQueue: stage.taskQueue,
        },
      ],
    })
    expect(await sync.result()).toMatchObject({ written: 30 })
  })
})
