import { setMaxListeners } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ConnectionLimiter } from '../../../activities/limits/connection-limiter.js'
import { UpstreamWait } from '../../../activities/runtime/upstream-wait.js'
import { toPace } from '../../../activities/limits/pace.js'
import type { LimitBudget } from '../../../src/connectors/limits.js'
import { LimitState } from '../../../workflows/limit/limit-state.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

interface WorkerPlan {
  /** Requests that want to be sent at once, all the time. */
  readonly flows: number
  /** What a request takes at the upstream. */
  readonly callMs: number
  /** Between two requests of a flow. */
  readonly pauseMs: number
  readonly latencyMs: number
  readonly skewMs: number
}

const never = new AbortController().signal
setMaxListeners(0, never)
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Several workers with clocks of their own and one limit workflow; gives when requests were sent. */
async function simulate(budget: LimitBudget, plans: readonly WorkerPlan[], forMs: number) {
  const state = new LimitState(Date.now())
  const sent: number[] = []
  const startMs = Date.now()
  for (const { flows, callMs, pauseMs, latencyMs, skewMs } of plans) {
    const limiter = new ConnectionLimiter({
      connection: 'shop/acme',
      pace: toPace(budget),
      now: () => Date.now() + skewMs,
    })
    limiter.askBy(async (request) => {
      await after(latencyMs)
      const grant = state.grant(request, Date.now())
      await after(latencyMs / 2)
      return grant
    })
    for (let flow = 0; flow < flows; flow += 1) void run()
    async function run(): Promise<void> {
      while (Date.now() - startMs < forMs) {
        try {
          await limiter.turn(never)
          sent.push(Date.now() - startMs)
          await after(callMs)
        } catch (error) {
          if (!(error instanceof UpstreamWait)) throw error
          await after(error.waitMs)
        }
        if (pauseMs > 0) await after(pauseMs)
      }
    }
  }
  await vi.advanceTimersByTimeAsync(forMs)
  vi.clearAllTimers()
  return sent.filter((ms) => ms < forMs)
}

/** The most that any window held beyond `rate * t`. */
function burstOf(sent: readonly number[], { requests, perMs }: LimitBudget): number {
  let level = 0
  let before = 0
  let most = 0
  for (const ms of sent) {
    level = Math.max(0, level - ((ms - before) * requests) / perMs) + 1
    before = ms
    most = Math.max(most, level)
  }
  return most
}

function allowedBurst({ requests, perMs, burst = 1 }: LimitBudget, plans: readonly WorkerPlan[]) {
  const finest = Math.ceil((100 * requests) / perMs)
  // A worker knows the workflow's clock as well as an answer is quick; the simulated one has whole milliseconds.
  const unsureMs = 2 + Math.max(...plans.map(({ latencyMs }) => latencyMs / 2))
  return Math.max(burst, finest, 2) + (unsureMs * requests) / perMs
}

const budgets = fc.record({
  requests: fc.integer({ min: 1, max: 60 }),
  perMs: fc.constantFrom(500, 1000, 4000),
  burst: fc.constantFrom(1, 2, 5, 20, 40),
})
const plan = fc.record({
  flows: fc.integer({ min: 1, max: 6 }),
  callMs: fc.integer({ min: 1, max: 400 }),
  pauseMs: fc.constantFrom(0, 0, 50, 3000),
  latencyMs: fc.integer({ min: 2, max: 150 }),
  skewMs: fc.integer({ min: -100_000, max: 100_000 }),
})

it('however many workers send as they like: never more than rate * t + burst in any window', async () => {
  await fc.assert(
    fc.asyncProperty(
      budgets,
      fc.array(plan, { minLength: 1, maxLength: 4 }),
      async (budget, plans) => {
        const sent = await simulate(budget, plans, 9000)
        expect(burstOf(sent, budget)).toBeLessThanOrEqual(allowedBurst(budget, plans))
      },
    ),
    { numRuns: 25 },
  )
})

it('workers that want more than there is use at least 0.85 of it', async () => {
  const busy = fc.record({
    flows: fc.integer({ min: 8, max: 12 }),
    callMs: fc.integer({ min: 1, max: 50 }),
    pauseMs: fc.constant(0),
    latencyMs: fc.integer({ min: 2, max: 150 }),
    skewMs: fc.integer({ min: -100_000, max: 100_000 }),
  })
  const rates = fc.record({
    requests: fc.integer({ min: 2, max: 80 }),
    perMs: fc.constant(1000),
    burst: fc.constantFrom(1, 5, 40),
  })
  await fc.assert(
    fc.asyncProperty(
      rates,
      fc.array(busy, { minLength: 1, maxLength: 4 }),
      async (budget, plans) => {
        const forMs = 10_000
        const sent = await simulate(budget, plans, forMs)
        const wanted = plans.reduce((sum, { flows, callMs }) => sum + (flows / callMs) * 1000, 0)
        const rate = Math.min(budget.requests, wanted)
        expect(sent.length / ((rate * forMs) / 1000)).toBeGreaterThanOrEqual(0.85)
        expect(burstOf(sent, budget)).toBeLessThanOrEqual(allowedBurst(budget, plans))
      },
    ),
    { numRuns: 8 },
  )
})
