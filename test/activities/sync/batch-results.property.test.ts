import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { heartbeatClient } from '../activity-bench.js'
import { StrictErp, type Verdict } from './strict-erp.js'
import { allIds, recordsIn, SyncStage } from './sync-stage.js'

// Hundreds of short pauses are the longest part of it.
vi.mock('../../../activities/runtime/waits.js', async (original) => ({
  ...(await original<object>()),
  pause: () => Promise.resolve(),
}))

let stage: SyncStage
let erp: StrictErp
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
  erp = new StrictErp()
  stage.writeAnswer = erp.answer
})

const ok: Verdict = { keep: true, entry: { status: 201 } }
const busy: Verdict = { keep: false, entry: { status: 503, error: { code: 'busy' } } }
const bad: Verdict = { keep: false, entry: { status: 422, error: { code: 'no_sku' } } }

const sent = () => stage.erp.seen.map(({ body }) => recordsIn(body).map(({ id }) => id))
const run = async (to: string) =>
  await stage.bench.sync(await stage.slice({ to }, { onBadRecord: 'set-aside' }), {
    client: heartbeatClient([]),
  })

describe('results of batches', () => {
  test('one that fails five times in a row is a bad one too', async () => {
    erp.judge = ({ id }) => (id === 6 ? busy : ok)
    const { checkpoint } = await run('orders.results')
    expect(checkpoint.setAside).toEqual([
      { id: '6', reason: 'erp/default orders.results fails for it (busy), 5 times in a row' },
    ])
    expect(sent().filter((ids) => ids.includes(6))).toHaveLength(5)
  })

  test('whatever they are, exactly what failed is sent again: nothing is lost or doubled', async () => {
    const verdicts = fc.dictionary(
      fc.integer({ min: 1, max: 24 }).map(String),
      fc.oneof(
        fc.record({ fails: fc.integer({ min: 1, max: 4 }), then: fc.constant(ok) }),
        fc.record({ fails: fc.integer({ min: 0, max: 3 }), then: fc.constant(bad) }),
      ),
      { maxKeys: 10 },
    )
    const to = fc.constantFrom('orders.results', 'orders.resultsById', 'orders.addResults')
    await fc.assert(
      fc.asyncProperty(verdicts, to, async (plan, endpoint) => {
        stage.erp.seen.length = 0
        erp = new StrictErp()
        stage.writeAnswer = erp.answer
        const tries = new Map<number, number>()
        erp.judge = ({ id }) => {
          const before = tries.get(id) ?? 0
          tries.set(id, before + 1)
          const one = plan[String(id)]
          if (one === undefined) return ok
          return before < one.fails ? busy : one.then
        }
        const { checkpoint } = await run(endpoint)
        const refused = allIds.filter((id) => plan[String(id)]?.then === bad)
        expect(erp.ids()).toEqual(allIds.filter((id) => !refused.includes(id)))
        expect([erp.doubled, erp.misusedKeys]).toEqual([0, 0])
        for (const id of allIds) expect(tries.get(id)).toBe((plan[String(id)]?.fails ?? 0) + 1)
        const { read, written, setAside = 0 } = checkpoint.counters
        expect([read, written, setAside]).toEqual([24, 24 - refused.length, refused.length])
      }),
      { numRuns: 25 },
    )
  })
})
