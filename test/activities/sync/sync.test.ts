import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import { CANARY } from '../activity-bench.js'
import {
  accept,
  allIds,
  done,
  pageOf,
  PAGES,
  PER_PAGE,
  recordsIn,
  refuseCanary,
  SyncStage,
} from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

describe('moving pages', () => {
  test('every record arrives once, in batches; cursors carry no key', async () => {
    const beats: { checkpoint: SyncCheckpoint }[] = []
    // Pages that come quicker share a heartbeat.
    stage.writeAnswer = async (...all) => {
      if (stage.erp.seen.length === 1) await new Promise((resolve) => setTimeout(resolve, 450))
      await accept(...all)
    }
    const result = await stage.bench.sync(await stage.slice(), {
      onHeartbeat: (details) => beats.push(details as { checkpoint: SyncCheckpoint }),
    })
    expect(result).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect(stage.writtenIds()).toEqual(allIds)
    expect(stage.erp.seen[0]?.headers['x-api-key']).toBe(CANARY)
    expect(stage.shop.seen[1]?.path).toBe(`/v1/orders?page=2&key=${CANARY}`)
    refuseCanary(beats)
    expect(beats.map(({ checkpoint }) => checkpoint.cursor)).toContain('/v1/orders?page=2')
    expect(beats.at(-1)).toMatchObject({ done: true })
  })

  test('one page is read ahead while the last is written, and no more', async () => {
    let reading = 0
    let writing = 0
    let overlaps = 0
    let highest = 0
    stage.readAnswer = async (...all) => {
      reading += 1
      highest = Math.max(highest, pageOf(all[0].path))
      await new Promise((resolve) => setTimeout(resolve, 50))
      overlaps += writing > 0 ? 1 : 0
      await stage.servePage(...all)
      reading -= 1
    }
    stage.writeAnswer = async (seen, request, response) => {
      writing += 1
      const page = Math.ceil((recordsIn(seen.body)[0]?.id ?? 0) / PER_PAGE)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(highest).toBeLessThanOrEqual(page + 1)
      writing -= 1
      await accept(seen, request, response)
    }
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    expect(overlaps).toBeGreaterThanOrEqual(PAGES - 2)
    expect(reading).toBe(0)
  })

  test('an attempt after one that died goes on where its heartbeat was', async () => {
    const checkpoint = {
      cursor: '/v1/orders?page=4',
      counters: { pages: 3, read: 12, written: 12 },
    }
    const info = { attempt: 2, heartbeatDetails: { checkpoint } }
    const result = await stage.bench.sync(await stage.slice(), { info })
    expect(result).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect(stage.writtenIds()).toEqual(allIds.slice(12))
    stage.erp.seen.length = 0
    const ended = { checkpoint: { counters: done }, done: true }
    const again = await stage.bench.sync(await stage.slice(), { info: { heartbeatDetails: ended } })
    expect(again).toMatchObject({ outcome: 'done', checkpoint: { counters: done } })
    expect(stage.erp.seen).toEqual([])
  })

  test('a record goes to its own path where the sink takes one', async () => {
    const result = await stage.bench.sync(await stage.slice({ to: 'orders.put' }))
    expect(result).toMatchObject({ outcome: 'done' })
    expect(stage.erp.seen[0]).toMatchObject({ method: 'PUT', path: '/orders/1', body: '{"id":1}' })
  })

  test('a worker that goes down gets the place at the next page', async () => {
    stage.writeAnswer = (...all) => {
      stage.bench.draining = true
      return accept(...all)
    }
    const result = await stage.bench.sync(await stage.slice())
    expect(result).toMatchObject({
      outcome: 'draining',
      checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1, read: 4, written: 4 } },
    })
  })
})

describe('idempotency keys', () => {
  const keys = () => stage.erp.seen.map(({ headers }) => headers['idempotency-key'])

  test('come from lineage and ids: the same again, others for another sync', async () => {
    await stage.bench.sync(await stage.slice())
    const first = keys()
    const known = createHash('sha256')
      .update(JSON.stringify(['sync-1/run-1', [1, 2]]))
      .digest('hex')
    expect(first[0]).toBe(known)
    expect(new Set(first).size).toBe(first.length)
    stage.erp.seen.length = 0
    await stage.bench.sync(await stage.slice())
    expect(keys()).toEqual(first)
    stage.erp.seen.length = 0
    await stage.bench.sync(await stage.slice({}, { lineage: 'sync-2' }))
    expect(keys()[0]).not.toBe(known)
  })

  test('a record without id is told', async () => {
    expect(await stage.failing(await stage.slice({ to: 'orders.byNumber' }))).toMatchObject({
      type: 'AnswerInvalid',
    })
    expect(stage.erp.seen).toEqual([])
  })
})
