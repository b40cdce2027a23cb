import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProbePageResult } from '../../../src/contract/replay.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY } from '../activity-bench.js'
import { SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

const checkpoint = { cursor: '/v1/orders?page=3', counters: { pages: 2, read: 8, written: 8 } }

async function probe(endpoint = 'orders.list', lease = {}): Promise<ProbePageResult> {
  const result = await stage.bench.probe({
    from: { connection: 'shop/default', endpoint },
    lease: await stage.bench.lease('shop/default', lease),
    checkpoint,
  })
  expect(JSON.stringify(result)).not.toContain(CANARY)
  return result
}

describe('the page at a checkpoint', () => {
  test('is read once, with nothing written, and thrown away', async () => {
    expect(await probe()).toEqual({ outcome: 'readable' })
    expect(
      stage.shop.seen.map(({ method, path }) => `${method} ${path.split('&')[0] ?? ''}`),
    ).toEqual(['GET /v1/orders?page=3'])
    expect(stage.erp.seen).toEqual([])
  })

  test('is read also where a part of it is written already', async () => {
    const inside = { ...checkpoint, cursor: `${checkpoint.cursor}#2.0123456789abcdef` }
    const lease = await stage.bench.lease('shop/default')
    const from = { connection: 'shop/default', endpoint: 'orders.list' }
    expect(await stage.bench.probe({ from, lease, checkpoint: inside })).toEqual({
      outcome: 'readable',
    })
    expect(stage.shop.seen[0]?.path).toMatch(/^\/v1\/orders\?page=3(?:&|$)/)
  })

  test.each([
    [410, 'dead', 'CursorRefused'],
    [403, 'refused', 'UpstreamRejected'],
  ])('that is answered with %d is %s', async (status, outcome, code) => {
    stage.readAnswer = (_seen, _request, response) => {
      sendJson(response, status, {})
    }
    expect(await probe()).toMatchObject({ outcome, code })
  })

  test('without its items is refused, as it would be by the sync', async () => {
    expect(await probe('orders.lost')).toMatchObject({ outcome: 'refused', code: 'ItemsMissing' })
  })

  test.each([
    ['429', 429],
    ['503', 503],
    ['401', 401],
  ])(
    'that is answered with %s says nothing of its place: the sync waits for that',
    async (_name, status) => {
      stage.readAnswer = (_seen, _request, response) => {
        sendJson(response, status, {}, { 'retry-after': '30' })
      }
      expect(await probe()).toMatchObject({ outcome: 'unknown' })
    },
  )

  test('is the first one where there is no cursor, and tells what a sync would warn of', async () => {
    stage.readAnswer = (_seen, _request, response) => {
      sendJson(response, 200, { orders: [{ id: 1 }], nxt: '/v1/orders?page=2' })
    }
    const lease = await stage.bench.lease('shop/default')
    const from = { connection: 'shop/default', endpoint: 'orders.nextUrl' }
    const { counters } = checkpoint
    const begin = { counters: { pages: 0, read: 0, written: 0 } }
    const result = await stage.bench.probe({ from, lease, checkpoint: begin })
    expect(result).toEqual({
      outcome: 'readable',
      warnings: [expect.stringContaining("no page has 'next'")],
    })
    const later = { cursor: '/v1/orders?page=3', counters }
    expect(await stage.bench.probe({ from, lease, checkpoint: later })).toEqual({
      outcome: 'readable',
    })
    expect(stage.erp.seen).toEqual([])
  })

  test('is not asked for with a lease that has expired', async () => {
    expect(await probe('orders.list', { expiresAtMs: Date.now() })).toMatchObject({
      outcome: 'unknown',
    })
    expect(stage.shop.seen).toEqual([])
  })
})
