import { expect, it } from 'vitest'
import { ASK_AGAIN_MS, askAgainAfter } from '../../../workflows/flow/lease-options.js'

const HOUR = 3_600_000

it('is asked again after five minutes, then after twice as long, up to an hour', () => {
  const waits = [1, 2, 3, 4, 5, 6, 100].map((times) => askAgainAfter(ASK_AGAIN_MS, times, 0.5))
  expect(waits.map((ms) => ms / 60_000)).toEqual([5, 10, 20, 40, 60, 60, 60])
})

it('a crowd that parked at once does not ask at once', () => {
  expect(askAgainAfter(HOUR, 1, 0)).toBe(0.8 * HOUR)
  expect(askAgainAfter(HOUR, 1, 1)).toBe(1.2 * HOUR)
})

it('a longer first wait than an hour stays as it is', () => {
  expect(askAgainAfter(5 * HOUR, 3, 0.5)).toBe(5 * HOUR)
})
