import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY } from '../activity-bench.js'
import { accept, allIds, pageOf, start, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

describe('leases', () => {
  test('nothing is sent under a dead one, of either end', async () => {
    const expiresAtMs = Date.now()
    const toLease = await stage.bench.lease('erp/default', { expiresAtMs })
    const fromLease = await stage.bench.lease('shop/default', { expiresAtMs })
    expect(await stage.bench.sync(await stage.slice({}, { toLease }))).toEqual({
      outcome: 'lease',
      connections: ['erp/default'],
      checkpoint: start,
    })
    expect(await stage.bench.sync(await stage.slice({}, { fromLease }))).toMatchObject({
      connections: ['shop/default'],
    })
    expect(stage.shop.seen).toEqual([])
  })

  test('a sync yields before one dies, and takes up its work without loss', async () => {
    let checkpoint = start
    let slices = 0
    stage.writeAnswer = async (...all) => {
      await new Promise((resolve) => setTimeout(resolve, 120))
      await accept(...all)
    }
    for (;;) {
      const fromLease = await stage.bench.lease('shop/default', { expiresAtMs: Date.now() + 800 })
      const result = await stage.bench.sync(await stage.slice({}, { fromLease, checkpoint }))
      slices += 1
      checkpoint = result.checkpoint
      if (result.outcome === 'done') break
      expect(result).toMatchObject({ outcome: 'lease', connections: ['shop/default'] })
    }
    expect(slices).toBeGreaterThan(1)
    expect(stage.writtenIds()).toEqual(allIds)
  })

  test('nothing is sent after a short wait that outlives one', async () => {
    stage.readAnswer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '1' })
    }
    const fromLease = await stage.bench.lease('shop/default', { expiresAtMs: Date.now() + 900 })
    expect(await stage.bench.sync(await stage.slice({}, { fromLease }))).toMatchObject({
      outcome: 'lease',
      connections: ['shop/default'],
    })
    expect(stage.shop.seen.length).toBeLessThanOrEqual(1)
  })

  test('a 401 in the middle hands the batch back to be repeated', async () => {
    stage.readAnswer = (...all) => {
      if (pageOf(all[0].path) < 3) return stage.servePage(...all)
      sendJson(all[2], 401, { token: CANARY })
    }
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({
      outcome: 'rejected',
      connection: 'shop/default',
      endpoint: 'orders.list',
      generation: 3,
      status: 401,
      accepted: 2,
      checkpoint: { cursor: '/v1/orders?page=3', counters: { pages: 2, read: 8, written: 8 } },
    })
    stage.readAnswer = stage.servePage
    stage.writeAnswer = (seen, request, response) => {
      if (seen.body.includes('"id":7')) sendJson(response, 401, {})
      else return accept(seen, request, response)
    }
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({
      outcome: 'rejected',
      connection: 'erp/default',
      endpoint: 'orders.upsert',
      generation: 5,
      accepted: 3,
      checkpoint: { counters: { pages: 1, written: 6 } },
    })
  })
})
