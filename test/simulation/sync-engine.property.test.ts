import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Schedule, schedules } from './schedule.js'
import { SyncWorld } from './sync-world.js'

const current: { world?: SyncWorld } = {}

vi.mock('../../activities/network/send-request.js', async () => {
  const { Context } = await import('@temporalio/activity')
  return {
    sendRequest: (_dispatcher: unknown, ...rest: [never, never]) =>
      current.world?.send(Context.current().info.activityId, ...rest),
  }
})
vi.mock('../../activities/runtime/waits.js', async (original) => ({
  ...(await original<object>()),
  pause: (ms: number) => current.world?.clock.sleep(Math.max(ms, 50)),
}))

/** `npm run soak` has 5,000. */
const RUNS = Number(process.env['SIMULATED_SCHEDULES'] ?? 800)
const DAY_MS = 86_400_000
let days = 0

beforeAll(() => {
  vi.spyOn(Date, 'now').mockImplementation(() => current.world?.clock.now() ?? 0)
})
afterAll(() => {
  vi.restoreAllMocks()
})

async function play(schedule: Schedule): Promise<SyncWorld> {
  days += 1
  const world = new SyncWorld(schedule, 1_800_000_000_000 + days * DAY_MS)
  current.world = world
  await world.play(DAY_MS / 2)
  return world
}

test(`whatever happens, the sink holds exactly the source's records (${String(RUNS)} schedules)`, async () => {
  const ends = new Set<string>()
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      const world = await play(schedule)
      for (const end of world.ends) ends.add(end)
      const wanted = schedule.flows.flatMap((count, flow) =>
        [1, 2].flatMap((version) =>
          Array.from(
            { length: count },
            (_, at) => `${String(flow)}-${String(at)} v${String(version)}`,
          ),
        ),
      )
      const rows = world.erp.rows.map(({ id, version }) => `${id} v${String(version)}`)
      expect(rows.sort()).toEqual(wanted.sort())
      expect(world.shop.tooOld).toEqual([])
      // A refresh for a refusal of a token that was good: only where the shop refused good ones.
      // A token request that fails is made again.
      const { oddRefusals } = world.shop
      const most = oddRefusals === 0 ? 0 : oddRefusals + schedule.tokens.length
      expect(world.needless.length).toBeLessThanOrEqual(most)
      expect(world.erp.misused).toEqual([])
      expect(world.burnt).toEqual([])
      const { tokens, disturbances } = schedule
      const isClear = !tokens.some(({ kind }) => kind !== 'ok' && kind !== 'slow')
      const staysUp = !disturbances.some(({ what }) => /worker|kill-at/.test(what))
      if (isClear && staysUp) expect(world.grants.reused).toBe(0)
    }),
    { numRuns: RUNS, seed: 20_261_125 },
  )
  // The schedules do what they are for: flows failed and were cancelled, and were replayed.
  for (const end of ['done', 'cancelled', 'ConnectionNotUsable']) expect([...ends]).toContain(end)
}, 1_800_000)
