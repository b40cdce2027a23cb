import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendJson } from '../../fixtures/loopback-server.js'
import { allIds, pageOf, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

const place = { cursor: '/v1/orders?page=3', counters: { pages: 2, read: 8, written: 8 } }

describe('the definition that a cursor belongs to', () => {
  test('another one stops the sync before anything is read, with its place', async () => {
    const checkpoint = { ...place, definition: 'f'.repeat(16) }
    const failure = await stage.failing(await stage.slice({}, { checkpoint }))
    expect(failure).toMatchObject({ type: 'CheckpointOutdated', nonRetryable: true, checkpoint })
    expect(stage.shop.seen).toEqual([])
  })

  test('without a cursor, or without a word of it, the sync goes on', async () => {
    const definition = 'f'.repeat(16)
    const fresh = { counters: { pages: 0, read: 0, written: 0 }, definition }
    for (const checkpoint of [fresh, place])
      expect(await stage.bench.sync(await stage.slice({}, { checkpoint }))).toMatchObject({
        outcome: 'done',
      })
    expect(stage.writtenIds()).toEqual([...allIds, ...allIds.slice(8)])
  })

  test('a checkpoint of this version says it, and is gone on from', async () => {
    stage.bench.draining = true
    const result = await stage.bench.sync(await stage.slice())
    stage.bench.draining = false
    const { checkpoint } = result
    expect(checkpoint.definition).toMatch(/^[0-9a-f]{16}$/)
    const rest = await stage.bench.sync(await stage.slice({}, { checkpoint }))
    expect(rest).toMatchObject({ outcome: 'done' })
    expect(stage.writtenIds()).toEqual(allIds)
  })
})

describe('a source that refuses its own cursor', () => {
  test.each([400, 404, 410, 422])('with %d is told, with the place', async (status) => {
    stage.readAnswer = (_seen, _request, response) => {
      sendJson(response, status, {})
    }
    const failure = await stage.failing(await stage.slice({}, { checkpoint: place }))
    expect(failure).toMatchObject({ type: 'CursorRefused', nonRetryable: true, checkpoint: place })
    expect(failure.message).toContain(`HTTP ${status}`)
  })

  test('after a wait that was sat out it is still the first page of the slice', async () => {
    let asked = 0
    stage.readAnswer = (_seen, _request, response) => {
      asked += 1
      sendJson(response, asked === 1 ? 429 : 410, {}, { 'retry-after': '0' })
    }
    const failure = await stage.failing(await stage.slice({}, { checkpoint: place }))
    expect(failure).toMatchObject({ type: 'CursorRefused' })
  })

  test('is told from one that refuses the request', async () => {
    stage.readAnswer = (_seen, _request, response) => {
      sendJson(response, 404, {})
    }
    expect(await stage.failing(await stage.slice())).toMatchObject({ type: 'UpstreamRejected' })
    stage.readAnswer = (...all) => {
      if (pageOf(all[0].path) < 3) return stage.servePage(...all)
      sendJson(all[2], 404, {})
    }
    expect(await stage.failing(await stage.slice())).toMatchObject({ type: 'UpstreamRejected' })
    stage.readAnswer = (_seen, _request, response) => {
      sendJson(response, 403, {})
    }
    expect(await stage.failing(await stage.slice({}, { checkpoint: place }))).toMatchObject({
      type: 'UpstreamRejected',
    })
  })
})

test('pages in a circle larger than a slice are noticed by the slices together', async () => {
  let checkpoint = { counters: { pages: 0, read: 0, written: 0 } }
  stage.readAnswer = ({ path }, _request, response) => {
    const link = `</v1/orders?page=${(pageOf(path) % 4) + 1}>; rel=next`
    sendJson(response, 200, { orders: [] }, { link })
  }
  stage.bench.draining = true
  let noticed: Awaited<ReturnType<SyncStage['failing']>> | undefined
  for (let slices = 0; slices < 20 && noticed === undefined; slices += 1) {
    const slice = await stage.slice({}, { checkpoint })
    try {
      ;({ checkpoint } = await stage.bench.sync(slice))
    } catch {
      noticed = await stage.failing(slice)
    }
  }
  expect(noticed).toMatchObject({ type: 'AnswerInvalid' })
})
