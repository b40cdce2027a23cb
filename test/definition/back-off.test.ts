import { expect, test } from 'vitest'
import { exponentialBackOffMs } from '../../src/contract/back-off.js'

test('a wait doubles with each try up to the longest, whatever the number of tries', () => {
  const waits = [0, 1, 2, 3, 4, 1e9].map((times) =>
    exponentialBackOffMs({ firstMs: 500, longestMs: 3000 }, times),
  )
  expect(waits).toEqual([500, 500, 1000, 2000, 3000, 3000])
})

test('chance moves a wait within the jitter, and no further', () => {
  const backOff = { firstMs: 1000, longestMs: 300_000, jitter: { least: 0.5, spread: 0.5 } }
  expect([0, 0.5, 1].map((random) => exponentialBackOffMs(backOff, 2, random))).toEqual([
    1000, 1500, 2000,
  ])
})
