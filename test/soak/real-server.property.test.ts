import fc from 'fast-check'
import { afterEach, expect, inject, test } from 'vitest'
import { playRound } from './play-round.js'
import { kills, realSchedules } from './real-schedule.js'
import { type SoakStage, startSoakStage } from './soak-stage.js'

/** Schedules that run at once. */
const A_ROUND = 20
const rounds = Number(process.env['SOAK_ROUNDS'] ?? 1)
const seed = Number(process.env['SOAK_SEED'] ?? 20_261_125)

let stage: SoakStage | undefined
afterEach(() => stage?.end())

const numbers = Array.from({ length: rounds }, (_, index) => seed + index)

test.each(numbers)(
  `${String(A_ROUND)} syncs lose and double nothing, whatever happens to them (seed %i)`,
  { timeout: 600_000 },
  async (number) => {
    const schedules = fc.sample(realSchedules, { numRuns: A_ROUND, seed: number })
    const [killed = []] = fc.sample(kills, { numRuns: 1, seed: number })
    stage = await startSoakStage(inject('temporalAddress'), A_ROUND)
    const ends = await playRound(stage, schedules, killed)
    expect(ends.map((all) => all.at(-1))).toEqual(schedules.map(() => 'done'))
    expect(stage.erp.missing(stage.shop.orderIds())).toEqual([])
    expect(stage.erp.counters.orders).toBe(stage.shop.counters.orders)
    expect(stage.erp.counters.appliedTwice).toBe(0)
  },
)
