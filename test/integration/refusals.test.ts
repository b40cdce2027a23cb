import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

/** What a person would have to act on. */
const VERDICTS = ['rejected', 'needs_reauth', 'misconfigured']
/** For three troubles, one of which kills three tokens. */
const MOST_REFRESHES = 16

describe.each([
  ['with a verify endpoint', {}],
  ['without one', { verify: false }],
] as const)('an API refuses tokens of a living grant, %s', (_name, options) => {
  let stage: Stage
  let refreshToken: string
  beforeAll(async () => {
    stage = await startStage({
      ...options,
      accessTokenSeconds: 3600,
      orders: { lagging: 150, bad: 150, killed1: 150, killed2: 150, killed3: 150 },
      pageDelayMs: 100,
    })
    refreshToken = await stage.connectShop()
    await stage.connectErp()
  })
  afterAll(() => stage.end())

  const status = (): Promise<ConnectionStatus> => stage.keeper.status(stage.shopId, 'acme')
  const hasRead = (flow: string): Promise<unknown> =>
    until(
      () => stage.shop.counters.tokensOfFlow[flow] ?? 0,
      (tokens) => tokens > 0,
    )

  it('the newest one for 1.5 s, for its cache lags: a sync goes on by itself', async () => {
    const flow = await stage.sync('lagging')
    await hasRead('lagging')
    stage.shop.odd.newOnesFor(1500)
    await stage.shop.revokeDuringNextPage('lagging')
    expect(await flow.result()).toMatchObject({ read: 150, written: 150 })
    stage.shop.odd.newOnesFor(0)
    expect(stage.shop.odd.count).toBeGreaterThan(0)
  })

  it('all of them for two seconds: a sync goes on by itself', async () => {
    const before = stage.shop.odd.count
    const flow = await stage.sync('bad')
    await hasRead('bad')
    stage.shop.odd.everythingFor(2000)
    expect(await flow.result()).toMatchObject({ read: 150, written: 150 })
    expect(stage.shop.odd.count).toBeGreaterThan(before)
  })

  it('all of them, killed by the provider three times in half a second: all flows go on', async () => {
    const names = ['killed1', 'killed2', 'killed3']
    const syncs = await Promise.all(names.map((name) => stage.sync(name)))
    const caller = await stage.client.workflow.start('callOnSignal', {
      taskQueue: stage.taskQueue,
      workflowId: `caller-${stage.run}`,
      args: [
        {
          connector: stage.shopId,
          account: 'acme',
          taskQueue: stage.taskQueue,
          endpoint: 'shop',
        },
      ],
    })
    await Promise.all(names.map(hasRead))
    const before = stage.shop.counters.rejections
    for (let times = 0; times < 3; times += 1) {
      await stage.server.revokeAccessTokensOf(refreshToken)
      await caller.signal('call')
      await sleep(250)
    }
    const results = await Promise.all(syncs.map((flow) => flow.result()))
    expect(results.map(({ read, written }) => [read, written])).toEqual(names.map(() => [150, 150]))
    await caller.signal('end')
    expect(await caller.result()).toBe(3)
    expect(stage.erp.missing(stage.shop.orderIds())).toEqual([])
    expect(stage.shop.counters.rejections).toBeGreaterThan(before)
  })

  it('and nobody had to act: the connection is as it was, after few refreshes', async () => {
    const end = await until(status, (now) => now.status === 'active', 60_000)
    expect(end.failure).toBeUndefined()
    const story = await stage.keeper.story(stage.shopId, 'acme')
    const verdicts = story.filter(
      ({ event, cause = '' }) =>
        event === 'status' && VERDICTS.some((verdict) => cause.startsWith(verdict)),
    )
    expect(verdicts).toEqual([])
    expect(stage.server.counters.refreshed).toBeLessThanOrEqual(MOST_REFRESHES)
    expect(stage.server.counters.familiesRevoked).toBe(0)
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })
})
