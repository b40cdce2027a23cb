import { CancelledFailure } from '@temporalio/activity'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UpstreamWait } from '../../../activities/runtime/upstream-wait.js'
import { ConnectionLimiter } from '../../../activities/limits/connection-limiter.js'
import { toPace } from '../../../activities/limits/pace.js'
import type { SlotRequest } from '../../../src/contract/limit.js'
import type { LimitBudget } from '../../../src/connectors/limits.js'
import { LimitState } from '../../../workflows/limit/limit-state.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const { signal } = new AbortController()

function limiterWith(budget?: LimitBudget, onAlone?: () => void) {
  return new ConnectionLimiter({
    connection: 'shop/acme',
    pace: budget === undefined ? undefined : toPace(budget),
    now: () => Date.now(),
    onAlone,
  })
}

/** What comes of waiting for a turn, as soon as it is known. */
function watch(turn: Promise<void> | undefined) {
  const seen: { state: 'waiting' | 'gone' | Error } = { state: 'waiting' }
  if (turn === undefined) seen.state = 'gone'
  turn?.then(
    () => (seen.state = 'gone'),
    (error: unknown) => (seen.state = error as Error),
  )
  return seen
}

const aWait = (waitMs: number) =>
  expect.objectContaining({ connection: 'shop/acme', waitMs, reason: 'its rate limit' }) as unknown

describe('without a budget', () => {
  it('nobody waits, and no promise is made', () => {
    const limiter = limiterWith()
    for (let times = 0; times < 1000; times += 1) expect(limiter.turn(signal)).toBeUndefined()
  })

  it('a block is the matter of who sends, and over when it is over', async () => {
    const limiter = limiterWith()
    limiter.block(1500)
    const all = Array.from({ length: 5 }, () => watch(limiter.turn(signal)))
    await vi.advanceTimersByTimeAsync(0)
    expect(all.map(({ state }) => state)).toEqual(Array(5).fill(aWait(1500)))
    await vi.advanceTimersByTimeAsync(1500)
    expect(limiter.turn(signal)).toBeUndefined()
  })

  it('nothing left: waits for the reset without sending', async () => {
    const limiter = limiterWith()
    limiter.left([{ left: 0, of: 100, resetInMs: 30_000 }])
    const one = watch(limiter.turn(signal))
    await vi.advanceTimersByTimeAsync(0)
    expect(one.state).toEqual(aWait(30_000))
  })

  it('few left are spread over the time to the reset; many are not', async () => {
    const limiter = limiterWith()
    expect(limiter.turn(signal)).toBeUndefined()
    limiter.left([{ left: 50, of: 100, resetInMs: 8000 }])
    expect(limiter.turn(signal)).toBeUndefined()
    limiter.left([{ left: 3, of: 100, resetInMs: 8000 }])
    const three = [1, 2, 3].map(() => watch(limiter.turn(signal)))
    const gone = (): number => three.filter(({ state }) => state === 'gone').length
    for (const [ms, count] of [
      [1990, 0],
      [20, 1],
      [2000, 2],
      [2000, 3],
    ] as const) {
      await vi.advanceTimersByTimeAsync(ms)
      expect(gone()).toBe(count)
    }
  })

  it('nothing is made of what is left without a reset', () => {
    const limiter = limiterWith()
    limiter.left([{ left: 0 }, { left: 1, of: 40 }])
    expect(limiter.turn(signal)).toBeUndefined()
  })
})

describe('with a budget', () => {
  /** Asks a limit workflow; notes the requests. */
  function askState(limiter: ConnectionLimiter, state = new LimitState(Date.now())): SlotRequest[] {
    const requests: SlotRequest[] = []
    limiter.askBy(async (request) => {
      requests.push(request)
      await new Promise((resolve) => setTimeout(resolve, 20))
      return state.grant(request, Date.now())
    })
    return requests
  }

  it('the first waits for slots, the next ones find them there', async () => {
    const limiter = limiterWith({ requests: 10, perMs: 1000, burst: 20 })
    const requests = askState(limiter)
    const first = watch(limiter.turn(signal))
    expect(first.state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(20)
    expect(first.state).toBe('gone')
    expect(limiter.turn(signal)).toBeUndefined()
    expect(requests).toHaveLength(2)
  })

  it('under load the workflow is asked about once a second, not once a call', async () => {
    const limiter = limiterWith({ requests: 50, perMs: 1000, burst: 10 })
    const requests = askState(limiter)
    let sent = 0
    const run = async (): Promise<void> => {
      for (;;) {
        await limiter.turn(signal)
        sent += 1
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    for (let flow = 0; flow < 5; flow += 1) void run()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toBeGreaterThan(900)
    expect(requests.length).toBeLessThan(30)
  })

  it('a short block is sat out, and who waited goes on after it', async () => {
    const limiter = limiterWith({ requests: 10, perMs: 1000, burst: 20 })
    askState(limiter)
    limiter.block(1500)
    const all = Array.from({ length: 3 }, () => watch(limiter.turn(signal)))
    await vi.advanceTimersByTimeAsync(1490)
    expect(all.map(({ state }) => state)).toEqual(Array(3).fill('waiting'))
    await vi.advanceTimersByTimeAsync(400)
    expect(all.map(({ state }) => state)).toEqual(Array(3).fill('gone'))
  })

  it('a long block is for the flow, also of those who wait already', async () => {
    const limiter = limiterWith({ requests: 10, perMs: 1000 })
    askState(limiter)
    limiter.block(1500)
    const before = watch(limiter.turn(signal))
    limiter.block(60_000)
    const after = watch(limiter.turn(signal))
    await vi.advanceTimersByTimeAsync(0)
    expect([before.state, after.state]).toEqual([aWait(60_000), aWait(60_000)])
  })

  it('a cancellation ends the wait', async () => {
    const limiter = limiterWith({ requests: 10, perMs: 1000 })
    askState(limiter)
    const controller = new AbortController()
    const one = watch(limiter.turn(controller.signal))
    const other = watch(limiter.turn(signal))
    controller.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect(one.state).toBeInstanceOf(CancelledFailure)
    expect(other.state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(100)
    expect(other.state).toBe('gone')
  })

  it('a turn that is far off is for the flow', async () => {
    const limiter = limiterWith({ requests: 1, perMs: 4000 })
    askState(limiter)
    const all = Array.from({ length: 6 }, () => watch(limiter.turn(signal)))
    await vi.advanceTimersByTimeAsync(0)
    // 0, 4.1, 8.2 seconds are near, 12.4 are not
    const waits = all.map(({ state }) => (state instanceof UpstreamWait ? 'flow' : state))
    expect(waits).toEqual(['waiting', 'waiting', 'waiting', 'flow', 'flow', 'flow'])
    await vi.advanceTimersByTimeAsync(10_500)
    expect(all.slice(0, 3).map(({ state }) => state)).toEqual(['gone', 'gone', 'gone'])
  })

  it('a told limit reaches other workers when they ask', async () => {
    const state = new LimitState(Date.now())
    const [one, other] = [1, 2].map(() => limiterWith({ requests: 10, perMs: 1000 }))
    const requests = askState(one as ConnectionLimiter, state)
    askState(other as ConnectionLimiter, state)
    one?.block(60_000)
    await vi.advanceTimersByTimeAsync(50)
    expect(requests).toMatchObject([{ want: 0, blockedForMs: 60_000 }])
    const asking = watch(other?.turn(signal))
    await vi.advanceTimersByTimeAsync(50)
    expect(asking.state).toBeInstanceOf(UpstreamWait)
    expect((asking.state as UpstreamWait).waitMs).toBeGreaterThan(59_000)
  })

  it('nothing left of a bucket without a reset: waits until it has leaked', async () => {
    const limiter = limiterWith({ requests: 2, perMs: 1000, burst: 40 })
    askState(limiter)
    const first = watch(limiter.turn(signal))
    await vi.advanceTimersByTimeAsync(20)
    expect(first.state).toBe('gone')
    limiter.left([{ left: 0, of: 40 }])
    const second = watch(limiter.turn(signal))
    await vi.advanceTimersByTimeAsync(450)
    expect(second.state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(600)
    expect(second.state).toBe('gone')
  })

  it('where the limit workflow can not be reached: goes on with a quarter of the rate, and asks again later', async () => {
    const onAlone = vi.fn()
    const limiter = limiterWith({ requests: 20, perMs: 1000, burst: 20 }, onAlone)
    let asked = 0
    limiter.askBy(() => {
      asked += 1
      return Promise.reject(new Error('no server'))
    })
    let sent = 0
    const run = async (): Promise<void> => {
      for (;;) {
        await limiter.turn(signal)
        sent += 1
      }
    }
    void run()
    await vi.advanceTimersByTimeAsync(9900)
    expect(sent).toBeGreaterThan(40)
    expect(sent).toBeLessThan(52)
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(3000)
    expect(asked).toBe(2)
    expect(onAlone).toHaveBeenCalledTimes(2)
    const requests = askState(limiter)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(requests.length).toBeGreaterThan(0)
  })

  it('without any way to ask it is a quarter too', async () => {
    const limiter = limiterWith({ requests: 20, perMs: 1000 })
    expect(watch(limiter.turn(signal)).state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(10)
    const next = watch(limiter.turn(signal))
    await vi.advanceTimersByTimeAsync(150)
    expect(next.state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(100)
    expect(next.state).toBe('gone')
  })
})
