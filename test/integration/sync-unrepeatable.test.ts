import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey, defineConnector, post } from '../../src/connectors/index.js'
import { SYNC_QUERIES, type SyncProgressReport } from '../../src/contract/sync.js'
import type { Order } from '../fixtures/shop.js'
import { sendJson } from '../fixtures/loopback-server.js'
import { startUpstream, type Upstream } from '../activities/activity-bench.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const ids: string[] = []
let plain: Upstream
let stage: Stage
beforeAll(async () => {
  plain = await startUpstream(async ({ body }, _request, response) => {
    ids.push(...(JSON.parse(body) as Order[]).map(({ id }) => id))
    await new Promise((resolve) => setTimeout(resolve, 100))
    sendJson(response, 200, {})
  })
  stage = await startStage({
    orders: { a: 300 },
    connectors: ({ run }) => [
      defineConnector({
        id: `plain-${run}`,
        baseUrl: plain.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: { 'orders.add': post('/orders', { batch: { size: 10 } }) },
      }),
    ],
  })
  await stage.connectShop()
  await stage.keeper.connect(`plain-${stage.run}`, 'default', { apiKey: stage.erpKey })
})
afterAll(async () => {
  await stage.end()
  await plain.stop()
})

describe('a sync to an endpoint that must not be asked twice', () => {
  it('hears of a pause by its own heartbeats, and goes on with nothing lost or doubled', async () => {
    const flow = await stage.sync('a', {
      to: { connection: `plain-${stage.run}`, endpoint: 'orders.add' },
    })
    await until(
      () => ids.length,
      (count) => count > 0,
    )
    await flow.signal('tokenkeeper.pause')
    const { counters } = await until(
      () => flow.query<SyncProgressReport>(SYNC_QUERIES.progress),
      ({ state, counters }) => state === 'paused' && counters.pages > 0,
    )
    // The page under way was finished, and none was begun.
    expect(ids).toHaveLength(counters.written)
    expect(counters.written).toBeLessThan(300)
    await flow.signal('tokenkeeper.resume')
    expect(await flow.result()).toMatchObject({ read: 300, written: 300 })
    expect([...ids].sort()).toEqual([...stage.shop.orderIds()].sort())
  })
})
