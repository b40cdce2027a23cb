import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Child } from './child.js'
import { startKeeperChild } from './keeper-child.js'
import { type Stage, startStage } from './stage.js'

const MINUTE = 60_000
/** So short that each sync needs several: whoever used one that has ended would be refused. */
const TOKEN_SECONDS = 8

const shifts: readonly [flow: string, shiftMs: number][] = [
  ['ahead', 10 * MINUTE],
  ['behind', -300 * MINUTE],
]

let stage: Stage
let child: Child | undefined

beforeAll(async () => {
  stage = await startStage({
    accessTokenSeconds: TOKEN_SECONDS,
    orders: Object.fromEntries(shifts.map(([flow]) => [flow, 120])),
    pageDelayMs: 1000,
  })
  await stage.connectShop()
  await stage.connectErp()
  await stage.worker.stop()
})
afterAll(async () => {
  await child?.kill('SIGKILL')
  stage.worker = await stage.startKeeper()
  await stage.end()
})

describe.each(shifts)('a keeper worker whose clock is %s, by %d ms', (flow, shiftMs) => {
  it('moves everything, renews its leases, and sends nothing under one that has ended', async () => {
    child = await startKeeperChild(stage, shiftMs)
    const refused = stage.shop.counters.rejections
    const { generation } = await stage.keeper.status(stage.shopId, 'acme')
    const sync = await stage.sync(flow)
    expect(await sync.result()).toMatchObject({ read: 120, written: 120 })
    expect(stage.shop.counters.rejections).toBe(refused)
    const after = await stage.keeper.status(stage.shopId, 'acme')
    expect(after.generation).toBeGreaterThan(generation)
    expect(after.status).toBe('active')
    await child.kill('SIGTERM')
  })
})
