import { MockActivityEnvironment } from '@temporalio/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ServerClock, serverNow } from '../../../activities/runtime/server-clock.js'

const SERVER_AHEAD_MS = 1_700_000_000_000

describe('the server’s clock', () => {
  it('is told by the quickest start of an activity', () => {
    let steadyMs = 1000
    const clock = new ServerClock(() => steadyMs)
    const start = (afterMs: number): void => clock.learn(steadyMs + SERVER_AHEAD_MS - afterMs)
    start(4000)
    expect(clock.now()).toBe(steadyMs + SERVER_AHEAD_MS - 4000)
    start(3)
    start(900)
    steadyMs += 60_000
    expect(clock.now()).toBe(steadyMs + SERVER_AHEAD_MS - 3)
  })

  it('follows a server whose clock was set back, within twenty minutes', () => {
    let steadyMs = 0
    const clock = new ServerClock(() => steadyMs)
    clock.learn(SERVER_AHEAD_MS)
    for (let minutes = 1; minutes <= 21; minutes += 1) {
      steadyMs = minutes * 60_000
      clock.learn(steadyMs + SERVER_AHEAD_MS - 3_600_000)
    }
    expect(clock.now()).toBe(steadyMs + SERVER_AHEAD_MS - 3_600_000)
  })

  it('follows at once one that was set forward, or a machine that slept', () => {
    let steadyMs = 0
    const clock = new ServerClock(() => steadyMs)
    clock.learn(SERVER_AHEAD_MS)
    steadyMs = 1000
    clock.learn(SERVER_AHEAD_MS + 3_601_000)
    expect(clock.now()).toBe(SERVER_AHEAD_MS + 3_601_000)
  })

  it('is never told ahead of the truth, and behind it by no more than the quickest recent start', () => {
    const start = fc.record({
      inMs: fc.integer({ min: 0, max: 400_000 }),
      queuedMs: fc.integer({ min: 0, max: 60_000 }),
    })
    fc.assert(
      fc.property(fc.array(start, { minLength: 1, maxLength: 50 }), (starts) => {
        let steadyMs = 0
        const clock = new ServerClock(() => steadyMs)
        for (const { inMs, queuedMs } of starts) {
          steadyMs += inMs
          clock.learn(steadyMs + SERVER_AHEAD_MS - queuedMs)
          const behindMs = steadyMs + SERVER_AHEAD_MS - clock.now()
          expect(behindMs).toBeGreaterThanOrEqual(0)
          expect(behindMs).toBeLessThanOrEqual(queuedMs)
        }
      }),
    )
  })
})

it('an activity tells the server’s time, whatever this worker’s own clock says', async () => {
  const clock = new ServerClock()
  const scheduledAtMs = Date.now() + 5 * 3_600_000
  const environment = new MockActivityEnvironment({
    currentAttemptScheduledTimestampMs: scheduledAtMs,
  })
  const told = await environment.run(() => Promise.resolve(serverNow(clock)()))
  expect(told).toBeGreaterThanOrEqual(scheduledAtMs)
  expect(told).toBeLessThan(scheduledAtMs + 5000)
})
