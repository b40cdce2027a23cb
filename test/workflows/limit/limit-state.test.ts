import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SlotGrant, SlotRequest } from '../../../src/contract/limit.js'
import { LimitState } from '../../../workflows/limit/limit-state.js'
import { validateRequest } from '../../../workflows/limit/limit-workflow.js'

const request: SlotRequest = { holder: 'a', want: 10, intervalMs: 100, burst: 1 }
const NOW = 1_000_000

function times({ portion }: SlotGrant): number[] {
  const { firstMs = 0, count = 0, intervalMs = 0, earlyMs = 0 } = portion ?? {}
  return Array.from({ length: count }, (_none, index) => firstMs + index * intervalMs - earlyMs)
}

it('hands out slots one after the other, whoever asks', () => {
  const state = new LimitState(NOW)
  expect(times(state.grant({ ...request, want: 3 }, NOW))).toEqual([NOW, NOW + 100, NOW + 200])
  const second = state.grant({ ...request, holder: 'b', want: 2 }, NOW)
  expect(times(second)).toEqual([NOW + 300, NOW + 400])
  expect(second).toMatchObject({ holders: 2, nextMs: NOW + 500 })
})

it('gives the burst at once after a pause, and never more than it', () => {
  const state = new LimitState(NOW)
  const burst = { ...request, want: 7, burst: 5 }
  const atOnce = (nowMs: number): number =>
    times(state.grant(burst, nowMs)).filter((ms) => ms <= nowMs).length
  expect(atOnce(NOW)).toBe(5)
  expect(atOnce(NOW)).toBe(0)
  expect(atOnce(NOW + 60_000)).toBe(5)
})

it('hands out no more at a time than a few seconds of work, shared by those who ask', () => {
  const state = new LimitState(NOW)
  expect(state.grant({ ...request, want: 1000 }, NOW).portion?.count).toBe(41)
  expect(state.grant({ ...request, holder: 'b', want: 1000 }, NOW).portion?.count).toBe(10)
  // the other one is forgotten by then
  const later = state.grant({ ...request, holder: 'b', want: 1000 }, NOW + 30_000)
  expect(later).toMatchObject({ holders: 1, portion: { count: 41 } })
})

it('a block tells everybody when it ends, and what comes after it is spaced from the first on', () => {
  const state = new LimitState(NOW)
  const told = state.grant({ ...request, want: 0, blockedForMs: 5000 }, NOW)
  expect(told).toMatchObject({ blockedUntilMs: NOW + 5000 })
  expect(told.portion).toBeUndefined()
  const other = state.grant({ ...request, holder: 'b', want: 3, burst: 20 }, NOW + 1000)
  expect(other.blockedUntilMs).toBe(NOW + 5000)
  expect(times(other)).toEqual([NOW + 5000, NOW + 5100, NOW + 5200])
})

it('a shorter block does not end a longer one', () => {
  const state = new LimitState(NOW)
  state.grant({ ...request, want: 0, blockedForMs: 5000 }, NOW)
  expect(state.grant({ ...request, want: 0, blockedForMs: 10 }, NOW).blockedUntilMs).toBe(
    NOW + 5000,
  )
})

it('hands out no slot that is further away than anybody waits for it in an activity', () => {
  const state = new LimitState(NOW)
  const slow = { ...request, intervalMs: 36_000 }
  expect(times(state.grant(slow, NOW))).toEqual([NOW])
  const far = state.grant({ ...slow, holder: 'b' }, NOW + 100)
  expect(far).toMatchObject({ nextMs: NOW + 36_000 })
  expect(far.portion).toBeUndefined()
  expect(times(state.grant({ ...slow, holder: 'b' }, NOW + 27_000))).toEqual([NOW + 36_000])
})

it.each([
  { want: 1e300 },
  { want: -1 },
  { want: '5' },
  { intervalMs: 0 },
  { intervalMs: Number.MAX_VALUE },
  { burst: 0.5 },
  { burst: Number.NaN },
  { blockedForMs: 1e300 },
  { blockedForMs: null },
  { blockedForMs: 31 * 86_400_000 + 1 },
  { holder: 7 },
  { holder: 'x'.repeat(101) },
])('a request of %j never comes to the state', (wrong) => {
  expect(() => {
    validateRequest({ ...request, ...(wrong as object) })
  }).toThrow('give { holder')
  expect(() => {
    validateRequest({ ...request, blockedForMs: 31 * 86_400_000 })
  }).not.toThrow()
})

it('is idle when nobody has asked for five minutes and nothing is owed', () => {
  const state = new LimitState(NOW)
  state.grant(request, NOW)
  expect(state.idleAtMs()).toBe(NOW + 300_000)
  state.grant({ ...request, want: 0, blockedForMs: 3_600_000 }, NOW)
  expect(state.idleAtMs()).toBe(NOW + 3_600_000)
})

it('goes on after continue-as-new as if nothing had happened', () => {
  const asks = fc.record({
    holder: fc.constantFrom('a', 'b', 'c'),
    want: fc.nat(50),
    blockedForMs: fc.constantFrom(0, 0, 0, 3000),
    waitMs: fc.nat(3000),
  })
  fc.assert(
    fc.property(fc.array(asks, { maxLength: 30 }), fc.nat(30), (all, cut) => {
      const whole = new LimitState(NOW)
      let parts = new LimitState(NOW)
      let nowMs = NOW
      all.forEach(({ waitMs, ...ask }, index) => {
        nowMs += waitMs
        if (index === cut)
          parts = new LimitState(
            nowMs,
            JSON.parse(JSON.stringify(parts.snapshot())) as ReturnType<LimitState['snapshot']>,
          )
        const asked = { ...ask, intervalMs: 37.5, burst: 8 }
        expect(parts.grant(asked, nowMs)).toEqual(whole.grant(asked, nowMs))
      })
    }),
  )
})
