import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY, heartbeatClient } from '../activity-bench.js'
import { StrictErp } from './strict-erp.js'
import { allIds, done, refuseCanary, SyncStage } from './sync-stage.js'

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

const run = async (to: string, more: Partial<SyncSliceInput> = {}) =>
  await stage.bench.sync(await stage.slice({ to }, more), {
    onHeartbeat: refuseCanary,
    client: heartbeatClient([]),
  })
const there = (...ids: number[]) => {
  for (const id of ids) erp.kept.set(id, { id, old: true })
}

describe('a look-up before a write', () => {
  test.each(['orders.looked', 'orders.lookedOne'])(
    'leaves what is there as it is, and counts it: %s',
    async (to) => {
      there(2, 3, 4)
      expect(await run(to)).toEqual({ outcome: 'done', checkpoint: { counters: done } })
      expect(erp.ids()).toEqual(allIds)
      expect(erp.kept.get(3)).toEqual({ id: 3, old: true })
      expect(erp.doubled).toBe(0)
    },
  )

  test('updates what is there, by what was found, where the rule says so', async () => {
    there(2)
    await run('orders.upserted')
    expect(erp.kept.get(2)).toEqual({ id: 2, note: CANARY })
    const updates = stage.erp.seen.filter(({ method }) => method === 'PUT')
    expect(updates.map(({ path }) => path)).toEqual(['/orders/2'])
    expect([erp.ids(), erp.doubled]).toEqual([allIds, 0])
  })

  test('resolves a lost answer: the batch is looked up again, and nothing is doubled', async () => {
    let resets = 0
    erp.onApplied = (records) => {
      if (records[0]?.id !== 7 || resets > 0) return undefined
      resets += 1
      return 'reset'
    }
    const beats: { checkpoint: SyncCheckpoint; phase?: string }[] = []
    const failure = await stage.troubled(await stage.slice({ to: 'orders.looked' }))
    expect(failure).toMatchObject({
      type: 'UpstreamUnavailable',
      reason: 'no whole answer',
      checkpoint: { counters: { pages: 1, written: 6 } },
    })
    expect(failure.message).toContain('looked up')
    const { checkpoint } = failure
    const result = await stage.bench.sync(await stage.slice({ to: 'orders.looked' }), {
      info: { attempt: 2, heartbeatDetails: { checkpoint } },
      onHeartbeat: (details) => beats.push(details as never),
    })
    expect(result).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect([erp.ids(), erp.doubled, resets]).toEqual([allIds, 0, 1])
    // It needs no note before each batch.
    expect(beats.filter(({ phase }) => phase === 'sent')).toEqual([])
  })

  test('a 5xx of a write is looked up as well, and a crash in the middle of a page', async () => {
    let broken = true
    stage.writeAnswer = async (seen, request, response) => {
      if (!broken || seen.method === 'GET' || !seen.body.includes('"id":3'))
        return erp.answer(seen, request, response)
      broken = false
      sendJson(response, 502, {})
    }
    expect(await stage.troubled(await stage.slice({ to: 'orders.looked' }))).toMatchObject({
      type: 'UpstreamUnavailable',
    })
    expect(erp.ids()).toEqual([1, 2])
    expect(await run('orders.looked')).toMatchObject({ outcome: 'done' })
    expect([erp.ids(), erp.doubled]).toEqual([allIds, 0])
  })

  test('where a list tells, a 404 is no answer, and neither is a missing list', async () => {
    stage.writeAnswer = (_seen, _request, response) => {
      sendJson(response, 404, { note: CANARY })
    }
    const input = await stage.slice({ to: 'orders.looked' })
    expect(await stage.failing(input)).toMatchObject({ type: 'UpstreamRejected' })
    stage.writeAnswer = (_seen, _request, response) => {
      sendJson(response, 200, { note: CANARY })
    }
    expect(await stage.failing(input)).toMatchObject({ type: 'ItemsMissing' })
    expect(stage.erp.seen.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('a list that is the same for every key is told: nothing would be written', async () => {
    there(90, 91)
    stage.writeAnswer = (seen, ...http) => {
      // It does not know `external_id`, and gives all that it has.
      if (seen.method === 'GET') sendJson(http[1], 200, { orders: [...erp.kept.values()] })
      else return erp.answer(seen, ...http)
    }
    const failure = await stage.failing(await stage.slice({ to: 'orders.looked' }))
    expect(failure).toMatchObject({ type: 'AnswerInvalid', checkpoint: { counters: { read: 0 } } })
    expect(failure.message).toContain("'external_id'")
  })

  test('a record without the key is told', async () => {
    stage.makeRecord = () => ({ note: CANARY })
    expect(await stage.failing(await stage.slice({ to: 'orders.looked' }))).toMatchObject({
      type: 'AnswerInvalid',
      message: expect.stringContaining('mend lookup.key') as string,
    })
  })

  test('an update that is refused is a bad record', async () => {
    there(2)
    stage.writeAnswer = (seen, request, response) => {
      if (seen.method === 'PUT') sendJson(response, 422, {})
      else return erp.answer(seen, request, response)
    }
    const { checkpoint } = await run('orders.upserted', { onBadRecord: 'set-aside' })
    expect(checkpoint).toMatchObject({
      counters: { read: 24, written: 23, setAside: 1 },
      setAside: [{ id: '2' }],
    })
  })
})

describe('onUnknown', () => {
  const lose = () => {
    let lost = false
    erp.onApplied = (records) => {
      if (lost || records[0]?.id !== 3) return undefined
      lost = true
      return 'reset'
    }
  }

  test('repeat: the write is sent again, and may be there twice', async () => {
    lose()
    const failure = await stage.troubled(await stage.slice({ to: 'orders.repeated' }))
    expect(failure).toMatchObject({ type: 'UpstreamUnavailable' })
    expect(await run('orders.repeated')).toMatchObject({ outcome: 'done' })
    expect(erp.ids()).toEqual(allIds)
    expect(erp.doubled).toBeGreaterThan(0)
  })

  test('fail: even a PUT is not sent again', async () => {
    lose()
    const stored: { phase?: string }[] = []
    const client = heartbeatClient(stored)
    await expect(
      stage.bench.sync(await stage.slice({ to: 'orders.putOnce' }), { client }),
    ).rejects.toMatchObject({ type: 'AmbiguousWrite', nonRetryable: true })
    expect(stored.at(-1)).toMatchObject({ phase: 'sent' })
  })
})
