import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { allIds, done, type Ends, recordsIn, SyncStage } from './sync-stage.js'
import { StrictErp } from './strict-erp.js'

let stage: SyncStage
let erp: StrictErp
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
  erp = new StrictErp()
})

/** Goes on, slice by slice, where each one ended. */
async function toTheEnd(ends: Ends, more: Partial<SyncSliceInput> = {}) {
  let checkpoint: SyncCheckpoint | undefined
  for (let slices = 1; slices <= 40; slices += 1) {
    // Waits are the flow's: another worker knows of none.
    stage.bench.restart()
    const at = checkpoint === undefined ? {} : { checkpoint }
    const result = await stage.bench.sync(await stage.slice(ends, { ...more, ...at }))
    ;({ checkpoint } = result)
    if (result.outcome === 'done') return { checkpoint, slices }
  }
  throw new Error('it never ends')
}

describe('a page that takes longer than the upstream gives at once', () => {
  test('comes to its end, record by record, and nothing is written twice', async () => {
    // Three writes, then a minute of rest: fewer than a page has.
    let left = 3
    stage.writeAnswer = (seen, ...http) => {
      if (left === 0) {
        left = 3
        sendJson(http[1], 429, {}, { 'retry-after': '60' })
        return
      }
      left -= 1
      return erp.answer(seen, ...http)
    }
    const { checkpoint, slices } = await toTheEnd({ to: 'orders.put' })
    expect(checkpoint).toEqual({ counters: done })
    expect(slices).toBe(8)
    const answered = stage.erp.seen.length - (slices - 1)
    expect([erp.ids(), answered]).toEqual([allIds, allIds.length])
  })

  test('a batch that was taken apart comes again whole, with the keys that it had', async () => {
    erp.refuses = ({ id }) => (id === 6 ? 422 : undefined)
    let resets = 0
    erp.onApplied = (records) => {
      if (records[0]?.id !== 7 || resets > 0) return undefined
      resets += 1
      return 'reset'
    }
    stage.writeAnswer = erp.answer
    // 5, 6 and 7 together, then 5, 6 and 7 alone: with 8, the last one would have another key.
    const to = { connection: 'erp/default', endpoint: 'orders.many', batchSize: 3 }
    const { checkpoint } = await toTheEnd({}, { onBadRecord: 'set-aside', to })
    expect(checkpoint.counters).toEqual({ pages: 6, read: 24, written: 23, setAside: 1 })
    expect([resets, erp.doubled, erp.misusedKeys]).toEqual([1, 0, 0])
  })

  test('one that has changed meanwhile is written from its beginning', async () => {
    let isRefused = true
    stage.writeAnswer = (seen, ...http) => {
      if (!isRefused || !seen.body.includes('"id":7')) return erp.answer(seen, ...http)
      isRefused = false
      stage.makeRecord = (id) => ({ id, changed: true })
      sendJson(http[1], 401, {})
    }
    await toTheEnd({ to: 'orders.upsert' })
    const again = stage.erp.seen.filter(({ body }) => recordsIn(body)[0]?.id === 5)
    expect(again.map(({ body }) => body.includes('changed'))).toEqual([false, true])
    expect(erp.ids()).toEqual(allIds)
  })

  test('a place of thousands of gaps is not kept: the page is written from its beginning', async () => {
    const many = Array.from({ length: 6000 }, (_, at) => ({
      id: at + 1,
      total: at % 2 === 0 ? 'x' : undefined,
    }))
    stage.readAnswer = (_seen, _request, response) => sendJson(response, 200, { orders: many })
    stage.writeAnswer = (_seen, _request, response) => sendJson(response, 401, {})
    const ends = { from: 'orders.checked', to: 'orders.many' }
    const result = await stage.bench.sync(await stage.slice(ends, { onBadRecord: 'set-aside' }))
    expect(result).toMatchObject({ outcome: 'rejected', checkpoint: { counters: { read: 0 } } })
    expect(JSON.stringify(result.checkpoint).length).toBeLessThan(200)
  })
})

test('a place of the next page that no history could keep is told, and not kept', async () => {
  stage.readAnswer = (_seen, _request, response) =>
    sendJson(response, 200, { orders: [{ id: 1 }], next: `/v1/orders?after=${'x'.repeat(70_000)}` })
  const failure = await stage.failing(await stage.slice({ from: 'orders.nextUrl' }))
  expect(failure).toMatchObject({ type: 'AnswerInvalid' })
  expect(failure.message).toContain('too long to be kept')
  expect(failure.text.length).toBeLessThan(3000)
})

describe('a place that names more of a page than any page has', () => {
  const digest = '0123456789abcdef'
  test.each([
    `/v1/orders?page=6#999999999.${digest}~0-999999999`,
    `/v1/orders?page=6#999999999.${digest}~0-999999998`,
    `/v1/orders?page=6#999999999.${digest}`,
    `/v1/orders?page=6#3.${digest}~${'0-2.'.repeat(10_000)}0`,
  ])('is of another page: all of it is written again (%#)', async (cursor) => {
    stage.writeAnswer = erp.answer
    const checkpoint = { cursor, counters: { pages: 5, read: 20, written: 20 } }
    const startedMs = performance.now()
    const result = await stage.bench.sync(await stage.slice({ to: 'orders.put' }, { checkpoint }))
    expect(result).toMatchObject({ outcome: 'done', checkpoint: { counters: done } })
    expect(erp.ids()).toEqual(allIds.slice(-4))
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})
