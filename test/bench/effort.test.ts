import { expect, test } from 'vitest'
import { isSettled } from '../../bench/effort.js'

test.each([
  { rounds: [1], settled: false },
  { rounds: [1, 1.01], settled: true },
  { rounds: [1, 1.05], settled: false },
  { rounds: [1, 1.01, 1.02], settled: true },
  { rounds: [1, 1.2, 1.02], settled: false },
  { rounds: [1, 1.2, 1.02, 1.1], settled: false },
  { rounds: [23, 23, 26], settled: false },
])('rounds of $rounds are enough: $settled', ({ rounds, settled }) => {
  expect(isSettled(rounds)).toBe(settled)
})
