import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY } from '../activity-bench.js'
import { accept, allIds, pageOf, PAGES, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
  stage.makeRecord = (id) => ({ id, at: moment(id) })
})

/** The highest one is in the middle. */
const moment = (id: number) => `2026-01-${String(id === 10 ? 31 : id).padStart(2, '0')}T00:00:00Z`
const marked = (more: Partial<SyncSliceInput> = {}, from = 'orders.list') =>
  stage.slice({ from }, { watermarkField: 'at', ...more })

describe('the watermark in the checkpoint', () => {
  test('is the highest value of all records, whatever their order', async () => {
    const { checkpoint } = await stage.bench.sync(await marked())
    expect(checkpoint.watermark).toBe('2026-01-31T00:00:00Z')
    const above = { counters: checkpoint.counters, watermark: '2026-02-01' }
    const again = await stage.bench.sync(await marked({ checkpoint: above }))
    expect(again.checkpoint.watermark).toBe('2026-02-01')
  })

  test('moves with what is accepted only', async () => {
    stage.writeAnswer = (seen, ...http) => {
      if (seen.body.includes('"id":10')) sendJson(http[1], 500, {})
      else return accept(seen, ...http)
    }
    expect(await stage.troubled(await marked())).toMatchObject({
      checkpoint: { counters: { pages: 2 }, watermark: moment(8) },
    })
  })

  test('moves over pages without records, in the middle and at the end', async () => {
    // By page: what it gives in place of its records.
    const nothing = new Map<number, object>([
      [1, { orders: [] }],
      [3, { orders: null, count: 0 }],
      [4, { count: 0 }],
    ])
    stage.readAnswer = (seen, ...http) => {
      const page = pageOf(seen.path)
      const given = nothing.get(page)
      if (page === PAGES) http[1].writeHead(204).end()
      else if (given === undefined) return stage.servePage(seen, ...http)
      else sendJson(http[1], 200, given, { link: `</v1/orders?page=${page + 1}>; rel="next"` })
    }
    for (const since of [undefined, '2026-03-01']) {
      const counters = { pages: 0, read: 0, written: 0 }
      const checkpoint = { counters, watermark: since }
      const result = await stage.bench.sync(await marked({ checkpoint }))
      expect(result).toMatchObject({ outcome: 'done', checkpoint: { counters: { pages: PAGES } } })
      expect(result.checkpoint.watermark).toBe(since ?? moment(20))
      expect(result.checkpoint.warnings).toBeUndefined()
    }
    // The same when each page is a slice of its own.
    let checkpoint: SyncCheckpoint | undefined
    const marks: unknown[] = []
    for (let slices = 0; slices < PAGES; slices += 1) {
      stage.bench.draining = true
      const at = checkpoint === undefined ? {} : { checkpoint }
      ;({ checkpoint } = await stage.bench.sync(await marked(at)))
      marks.push(checkpoint.watermark)
    }
    expect(marks).toEqual([undefined, moment(8), moment(8), moment(8), moment(20), moment(20)])
  })

  test('counts records that are set aside, and not those that have none', async () => {
    stage.makeRecord = (id) =>
      id === 10
        ? { id, at: moment(id), total: 'x' }
        : id === 11
          ? { id, at: { CANARY }, total: 'x' }
          : { id, at: moment(id) }
    const input = await marked({ onBadRecord: 'set-aside' }, 'orders.checked')
    const { checkpoint } = await stage.bench.sync(input)
    expect(checkpoint).toMatchObject({ counters: { setAside: 2 }, watermark: moment(10) })
  })

  test('is read before a transform may change the record itself, and so is its id', async () => {
    const ids: unknown[] = []
    stage.sink = (_records, context) => {
      ids.push(...context.ids)
    }
    stage.transform = (record) => {
      const changed = record as { id?: number; at?: string }
      delete changed.at
      delete changed.id
      return changed
    }
    stage.makeRecord = (id) => ({ id, at: moment(id) })
    const more = { watermarkField: 'at', transform: 'toErpOrder' }
    const result = await stage.bench.sync(await stage.toFunction(more, 'orders.named'))
    expect(result).toMatchObject({ outcome: 'done', checkpoint: { watermark: moment(10) } })
    expect(ids).toEqual(allIds)
  })

  test.each([
    ['nothing', undefined],
    ['an object', { CANARY }],
    ['a long text', CANARY.repeat(20)],
  ])('a record that goes through and has %s there is told', async (_name, at) => {
    stage.makeRecord = (id) => ({ id, at: id === 6 ? at : moment(id) })
    const failure = await stage.failing(await marked({ onBadRecord: 'set-aside' }))
    expect(failure).toMatchObject({ type: 'AnswerInvalid', checkpoint: { counters: { pages: 1 } } })
    expect(failure.message).toContain('record 2 of a page has no number or text')
  })
})
