import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { failureOf, heartbeatClient } from '../activity-bench.js'
import { accept, allIds, done, recordsIn, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

describe('a sink whose writes must not be repeated', () => {
  const add = (more: Partial<SyncSliceInput> = {}) => stage.slice({ to: 'orders.add' }, more)

  test('an unknown outcome stops the sync', async () => {
    stage.writeAnswer = (seen, request, response) => {
      if (seen.body.includes('"id":3')) request.socket.destroy()
      else return accept(seen, request, response)
    }
    const stored: { checkpoint: SyncCheckpoint; phase?: string }[] = []
    const failure = await failureOf(
      stage.bench.sync(await add(), { client: heartbeatClient(stored) }),
    )
    expect(failure).toMatchObject({ type: 'AmbiguousWrite', nonRetryable: true })
    expect(stored.at(-1)).toMatchObject({ phase: 'sent' })
    const info = { attempt: 2, heartbeatDetails: stored.at(-1) }
    stage.erp.seen.length = 0
    expect(await stage.failing(await add(), info)).toMatchObject({ type: 'AmbiguousWrite' })
    expect(stage.erp.seen).toEqual([])
  })

  test('a page that was accepted in part goes on behind that part', async () => {
    let refuse = true
    stage.writeAnswer = (seen, request, response) => {
      if (refuse && seen.body.includes('"id":7')) sendJson(response, 401, {})
      else return accept(seen, request, response)
    }
    const client = heartbeatClient([])
    const first = await stage.bench.sync(await add(), { client })
    expect(first).toMatchObject({ outcome: 'rejected', checkpoint: { counters: { pages: 1 } } })
    expect(first.checkpoint.cursor).toMatch(/^\/v1\/orders\?page=2#2\.[0-9a-f]{16}$/)
    refuse = false
    const rest = await stage.bench.sync(await add({ checkpoint: first.checkpoint }), { client })
    expect(rest).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    const accepted = stage.erp.seen.filter((_one, at) => at !== 3)
    expect(accepted.flatMap(({ body }) => recordsIn(body))).toEqual(allIds.map((id) => ({ id })))
    const changed =
      first.checkpoint.cursor?.replace(/.$/, (last) => (last === '0' ? '1' : '0')) ?? ''
    const input = await add({ checkpoint: { ...first.checkpoint, cursor: changed } })
    expect(await stage.failing(input)).toMatchObject({ type: 'AmbiguousWrite' })
  })
})
