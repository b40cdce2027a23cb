import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stories } from './weather.js'
import { WeatheredConnection } from './weathered-connection.js'

const RUNS = 3000
const MINUTE_MS = 60_000
/** The longest pause between two looks or tries, and a little for what comes of them. */
const DEAD_MS = 6 * MINUTE_MS
const MOST_AN_HOUR = 200

/** The most moments that lie within an hour of each other. */
function mostAnHour(moments: readonly number[]): number {
  let first = 0
  let most = 0
  for (const [index, atMs] of moments.entries()) {
    while ((moments[first] ?? atMs) < atMs - 60 * MINUTE_MS) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

it(`whatever token endpoint, verify endpoint and API answered, a living grant heals by itself (${String(RUNS)} stories)`, () => {
  const seen = new Set<string>()
  const most = { mints: 0, looks: 0 }
  fc.assert(
    fc.property(stories, (story) => {
      const connection = new WeatheredConnection(story)
      const { wellMs, flows } = connection
      connection.run(wellMs)
      seen.add(connection.health)
      const hasPassed = (): boolean =>
        flows.every((flow) => (connection.passedMs.get(flow) ?? 0) > wellMs)
      connection.run(wellMs + DEAD_MS, () => connection.health === 'active' && hasPassed())
      expect(connection.health).toBe('active')
      expect(hasPassed()).toBe(true)
      for (const { health, answers } of connection.verdicts) {
        seen.add(health)
        expect(['rejected', 'misconfigured']).toContain(health)
        expect(answers).toBeGreaterThan(1)
      }
      most.mints = Math.max(most.mints, mostAnHour(connection.mints))
      most.looks = Math.max(most.looks, mostAnHour(connection.looks))
    }),
    { numRuns: RUNS, seed: 20_261_129 },
  )
  // The stories do what they are for.
  for (const health of ['rejected', 'misconfigured', 'degraded']) expect(seen).toContain(health)
  expect(most.mints).toBeLessThanOrEqual(MOST_AN_HOUR)
  expect(most.looks).toBeLessThanOrEqual(MOST_AN_HOUR)
}, 120_000)
