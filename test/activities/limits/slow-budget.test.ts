import { setMaxListeners } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ConnectionLimiter } from '../../../activities/limits/connection-limiter.js'
import { UpstreamWait } from '../../../activities/runtime/upstream-wait.js'
import { toPace } from '../../../activities/limits/pace.js'
import type { LimitBudget } from '../../../src/connectors/limits.js'
import { LimitState } from '../../../workflows/limit/limit-state.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const never = new AbortController().signal
setMaxListeners(0, never)
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Flows that send all the time and, sent away, come back on whichever worker it is then. */
async function simulate(budget: LimitBudget, flows: number, workers: number, forMs: number) {
  const state = new LimitState(Date.now())
  const startMs = Date.now()
  let sent = 0
  let sentAway = 0
  let seed = 1
  const limiters = Array.from({ length: workers }, () => {
    const limiter = new ConnectionLimiter({ connection: 'shop/acme', pace: toPace(budget) })
    limiter.askBy(async (request) => {
      await after(20)
      return state.grant(request, Date.now())
    })
    return limiter
  })
  const run = async (): Promise<void> => {
    while (Date.now() - startMs < forMs) {
      seed = (seed * 48_271) % 2_147_483_647
      try {
        await limiters[seed % workers]?.turn(never)
        sent += 1
        await after(200)
      } catch (error) {
        if (!(error instanceof UpstreamWait)) throw error
        sentAway += 1
        await after(error.waitMs)
      }
    }
  }
  for (let flow = 0; flow < flows; flow += 1) void run()
  await vi.advanceTimersByTimeAsync(forMs)
  vi.clearAllTimers()
  return { sent, sentAway, allowed: (budget.requests * forMs) / budget.perMs }
}

it.each([
  [1, 4],
  [3, 10],
  [20, 4],
])('of 100 requests an hour, %d flows on %d workers use all', async (flows, workers) => {
  const hourly = { requests: 100, perMs: 3_600_000 }
  const { sent, allowed } = await simulate(hourly, flows, workers, 3_600_000)
  expect(sent).toBeLessThanOrEqual(allowed + 1)
  expect(sent / allowed).toBeGreaterThanOrEqual(0.9)
})

it('one request in six seconds: a slot is not kept for flows that come back elsewhere', async () => {
  const { sent, allowed } = await simulate({ requests: 10, perMs: 60_000 }, 2, 6, 1_200_000)
  expect(sent / allowed).toBeGreaterThanOrEqual(0.85)
})

it('many that are sent away come back one after the other, not all at once for the same few slots', async () => {
  const { sent, sentAway, allowed } = await simulate({ requests: 2, perMs: 1000 }, 200, 2, 300_000)
  expect(sent / allowed).toBeGreaterThanOrEqual(0.9)
  expect(sentAway / sent).toBeLessThan(2)
})

it('ten workers that lose the limit workflow do not send more than the budget together', async () => {
  const limiter = new ConnectionLimiter({
    connection: 'shop/acme',
    pace: toPace({ requests: 10, perMs: 1000 }),
  })
  const atMs = Date.now()
  let asked = 0
  limiter.askBy(({ intervalMs }) => {
    asked += 1
    if (asked > 1) throw new Error('it does not answer')
    const portion = { firstMs: atMs, count: 1, intervalMs, earlyMs: 0 }
    return Promise.resolve({ atMs, portion, nextMs: atMs, holders: 10, blockedUntilMs: 0 })
  })
  let sent = 0
  const run = async (): Promise<void> => {
    for (;;) {
      try {
        await limiter.turn(never)
        sent += 1
        await after(1)
      } catch (error) {
        if (!(error instanceof UpstreamWait)) throw error
        await after(error.waitMs)
      }
    }
  }
  void run()
  await vi.advanceTimersByTimeAsync(20_000)
  vi.clearAllTimers()
  expect(sent).toBeGreaterThanOrEqual(15)
  expect(sent).toBeLessThanOrEqual(22)
})
