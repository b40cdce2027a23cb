import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { reasonText, recordName } from '../../../activities/sync/writing/outgoing-record.js'
import { MAX_SET_ASIDE_NAMED } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY, heartbeatClient } from '../activity-bench.js'
import { StrictErp } from './strict-erp.js'
import {
  accept,
  allIds,
  type Ends,
  PER_PAGE,
  refuseCanary,
  start,
  SyncStage,
} from './sync-stage.js'

// The patience with a 409 is the longest part of it.
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
  stage.makeRecord = (id) => ({ id, note: CANARY })
})

const setAside = async (ends: Ends, more: Partial<SyncSliceInput> = {}) => {
  const beats: unknown[] = []
  const result = await stage.bench.sync(
    await stage.slice(ends, { onBadRecord: 'set-aside', ...more }),
    { onHeartbeat: (details) => beats.push(details), client: heartbeatClient(beats) },
  )
  refuseCanary([beats, result])
  return result
}

describe('records that can’t go through, set aside', () => {
  test('ones that do not fit their schema are counted and named, and the rest goes on', async () => {
    stage.makeRecord = (id) => ({ id, total: id % 5 === 0 ? CANARY : undefined })
    expect(await setAside({ from: 'orders.checked' })).toEqual({
      outcome: 'done',
      checkpoint: {
        counters: { pages: 6, read: 24, written: 20, setAside: 4 },
        setAside: ['5', '10', '15', '20'].map((id) => ({
          id,
          reason: 'it does not fit its schema: total (invalid_type)',
        })),
      },
    })
    expect(erp.ids()).toEqual(allIds.filter((id) => id % 5 !== 0))
    expect(erp.doubled).toBe(0)
  })

  test('ones that a transform throws for or gives nothing of', async () => {
    stage.transform = (record) => {
      const { id } = record as { readonly id: number }
      if (id === 2) throw new Error(CANARY)
      return id === 3 ? undefined : record
    }
    const { checkpoint } = await setAside({}, { transform: 'toErpOrder' })
    expect(checkpoint).toMatchObject({
      counters: { read: 24, written: 22, setAside: 2 },
      setAside: [
        { id: '2', reason: "the transform 'toErpOrder' threw" },
        { id: '3', reason: "the transform 'toErpOrder' gave nothing for it" },
      ],
    })
  })

  test('ones that a function in their schema throws for, whose words are not repeated', async () => {
    stage.makeRecord = (id) => ({ id, at: id === 6 ? CANARY : '2026-01-01' })
    const { checkpoint } = await setAside({ from: 'orders.computed' })
    expect(checkpoint).toMatchObject({
      counters: { read: 24, written: 23, setAside: 1 },
      setAside: [{ id: '6', reason: 'it does not fit its schema: a function in the schema threw' }],
    })
  })

  test.each([400, 409, 413, 422])(
    'ones that make the sink answer %i to a whole batch are found by halving it',
    async (status) => {
      erp.refuses = ({ id }) => (id === 6 || id === 7 ? status : undefined)
      const { checkpoint } = await setAside({ to: 'orders.many' })
      const reason = `erp/default orders.many answers HTTP ${status} to it`
      expect(checkpoint).toMatchObject({
        counters: { pages: 6, read: 24, written: 22, setAside: 2 },
        setAside: [
          { id: '6', reason },
          { id: '7', reason },
        ],
      })
      expect(erp.ids()).toEqual(allIds.filter((id) => id !== 6 && id !== 7))
      expect([erp.doubled, erp.misusedKeys]).toEqual([0, 0])
    },
  )

  test('ones whose body does not fit the sink’s own schema', async () => {
    stage.makeRecord = (id) => ({ id, total: id === 4 ? CANARY : undefined })
    const { checkpoint } = await setAside({ to: 'orders.typed' })
    expect(checkpoint.setAside).toEqual([
      {
        id: '4',
        reason: 'erp/default orders.typed: the body does not fit its schema: total (invalid_type)',
      },
    ])
    expect(erp.ids()).toEqual(allIds.filter((id) => id !== 4))
  })

  test('ones that a function refuses, with its reason', async () => {
    stage.sink = (records) => ({
      refused: records.flatMap((record, index) =>
        (record as { readonly id: number }).id === 9 ? [{ index, reason: 'no\nstock' }] : [],
      ),
    })
    const input = await stage.toFunction({ onBadRecord: 'set-aside' })
    expect(await stage.bench.sync(input)).toMatchObject({
      outcome: 'done',
      checkpoint: {
        counters: { read: 24, written: 23, setAside: 1 },
        setAside: [
          { id: 'page 3, record 1', reason: "the sink 'writeOrders' refuses it: no stock" },
        ],
      },
    })
  })

  test('many are counted, the first of them named, in few words', async () => {
    stage.makeRecord = (id) => ({ id: 'x'.repeat(300) + String(id) })
    const many = Array.from({ length: MAX_SET_ASIDE_NAMED }, () => ({ id: 'before', reason: 'x' }))
    const counters = { pages: 0, read: 50, written: 0, setAside: 50 }
    const from = await setAside(
      { from: 'orders.checked' },
      { checkpoint: { counters, setAside: many } },
    )
    expect(from.checkpoint.counters).toEqual({ pages: 6, read: 74, written: 0, setAside: 74 })
    expect(from.checkpoint.setAside).toEqual(many)
    const named = await setAside({ from: 'orders.checked' })
    expect(named.checkpoint.setAside?.[0]?.id).toBe('x'.repeat(100))
    expect(recordName({ at: 0, id: `a\n${CANARY}` }, 1)).not.toContain('\n')
    expect(reasonText('y'.repeat(500))).toHaveLength(200)
  })

  test('a 409 of a key that is still under way is no refusal', async () => {
    let underWay = 3
    stage.writeAnswer = (seen, ...http) => {
      if (!seen.body.includes('"id":5') || underWay === 0) return erp.answer(seen, ...http)
      underWay -= 1
      sendJson(http[1], 409, { error: 'this key is in use' })
    }
    const { checkpoint } = await setAside({ to: 'orders.many' })
    expect(checkpoint.counters).toEqual({ pages: 6, read: 24, written: 24 })
    expect(stage.erp.seen).toHaveLength(9)
    expect(new Set(stage.erp.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(6)
  })

  test('a sink that refuses for another reason fails the sync as ever', async () => {
    erp.refuses = ({ id }) => (id === 6 ? 403 : undefined)
    const input = await stage.slice({ to: 'orders.many' }, { onBadRecord: 'set-aside' })
    expect(await stage.failing(input)).toMatchObject({
      type: 'UpstreamRejected',
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1, read: 4, written: 4 } },
    })
  })

  test('are counted once when the page comes again after a refused credential', async () => {
    stage.makeRecord = (id) => ({ id, total: id === 5 ? CANARY : undefined })
    let refuse = true
    stage.writeAnswer = (seen, ...http) => {
      if (!refuse || !seen.body.includes('"id":8')) return erp.answer(seen, ...http)
      refuse = false
      sendJson(http[1], 401, {})
    }
    erp.refuses = ({ id }) => (id === 6 ? 422 : undefined)
    const first = await setAside({ from: 'orders.checked' })
    expect(first).toMatchObject({
      outcome: 'rejected',
      checkpoint: { counters: { pages: 1, read: 7, written: 5, setAside: 2 } },
    })
    const { checkpoint } = await setAside({ from: 'orders.checked' }, first)
    expect(checkpoint.counters).toEqual({ pages: 6, read: 24, written: 22, setAside: 2 })
    expect(checkpoint.setAside?.map(({ id }) => id)).toEqual(['5', '6'])
    expect([erp.doubled, erp.misusedKeys]).toEqual([0, 0])
  })

  test('whatever they are, the rest is written once and the counts are right', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 24 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (refused, misfits, batchSize) => {
          erp = new StrictErp()
          stage.writeAnswer = erp.answer
          erp.refuses = ({ id }) => (refused.includes(id) ? 422 : undefined)
          stage.makeRecord = (id) => ({ id, total: misfits.includes(id) ? 'x' : undefined })
          const to = { connection: 'erp/default', endpoint: 'orders.many', batchSize }
          const { checkpoint } = await setAside({ from: 'orders.checked' }, { to })
          const bad = new Set([...refused, ...misfits])
          const good = allIds.filter((id) => !bad.has(id))
          expect(erp.ids()).toEqual(good)
          expect([erp.doubled, erp.misusedKeys]).toEqual([0, 0])
          const { read, written, setAside: aside = 0 } = checkpoint.counters
          expect([read, written, aside]).toEqual([24, good.length, bad.size])
          expect(checkpoint.setAside?.map(({ id }) => Number(id)).sort() ?? []).toEqual(
            [...bad].sort(),
          )
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('records that can’t go through, in a sync that stops', () => {
  test('one that a sink of single records refuses is named', async () => {
    stage.writeAnswer = (seen, ...http) => {
      if (seen.path === '/orders/7') sendJson(http[1], 422, { error: CANARY })
      else return accept(seen, ...http)
    }
    const failure = await stage.failing(
      await stage.slice({ to: 'orders.put', from: 'orders.checked' }),
    )
    expect(failure).toMatchObject({
      type: 'BadRecord',
      nonRetryable: true,
      message:
        "The record 7 (page 2) of shop/default orders.checked can't go through: erp/default orders.put answers HTTP 422 to it. Mend it and replay the sync, or let such records be left out: onBadRecord: 'set-aside'.",
      checkpoint: {
        cursor: expect.stringMatching(/page=2#2\.[0-9a-f]{16}$/) as unknown,
        counters: { pages: 1, written: 6 },
      },
    })
  })

  test('a batch is not taken apart: its refusal is the failure', async () => {
    erp.refuses = ({ id }) => (id === 7 ? 422 : undefined)
    expect(await stage.failing(await stage.slice({ to: 'orders.many' }))).toMatchObject({
      type: 'UpstreamRejected',
      details: { status: 422 },
    })
    expect(erp.ids()).toEqual(allIds.slice(0, 4))
  })

  test('one without an id is named by its place, and a function’s refusal stops it too', async () => {
    stage.sink = (records) => ({ refused: [{ index: records.length - 1, reason: 'no' }] })
    const failure = await stage.failing(await stage.toFunction())
    expect(failure).toMatchObject({
      type: 'BadRecord',
      details: { record: `page 1, record ${PER_PAGE}`, page: 1 },
      checkpoint: start,
    })
    expect(failure.message).toContain('A record (page 1, record 4) of shop/default orders.list')
  })
})
