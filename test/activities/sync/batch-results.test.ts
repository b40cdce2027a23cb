import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readBatchResults } from '../../../activities/sync/writing/batch-results.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY, failureOf, heartbeatClient } from '../activity-bench.js'
import { StrictErp, type Verdict } from './strict-erp.js'
import { allIds, done, recordsIn, refuseCanary, SyncStage } from './sync-stage.js'

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

const ok: Verdict = { keep: true, entry: { status: 201 } }
const busy: Verdict = { keep: false, entry: { status: 503, error: { code: 'busy' } } }
const bad: Verdict = {
  keep: false,
  entry: { status: 422, error: { code: 'no_sku', text: CANARY } },
}

const sent = () => stage.erp.seen.map(({ body }) => recordsIn(body).map(({ id }) => id))
const run = async (to: string, more: Partial<SyncSliceInput> = {}) => {
  const beats: unknown[] = []
  const result = await stage.bench.sync(await stage.slice({ to }, more), {
    onHeartbeat: (details) => beats.push(details),
    client: heartbeatClient(beats),
  })
  refuseCanary([beats, result])
  return result
}

describe('results of a batch', () => {
  test.each(['orders.results', 'orders.resultsById', 'orders.addResults'])(
    'only what failed for now is sent again: %s',
    async (to) => {
      const tries = new Map<number, number>()
      erp.judge = ({ id }) => {
        tries.set(id, (tries.get(id) ?? 0) + 1)
        return (id === 2 || id === 4) && (tries.get(id) ?? 0) < 3 ? busy : ok
      }
      expect(await run(to)).toEqual({ outcome: 'done', checkpoint: { counters: done } })
      expect(sent().slice(0, 4)).toEqual([
        [1, 2, 3, 4],
        [2, 4],
        [2, 4],
        [5, 6, 7, 8],
      ])
      expect([erp.ids(), erp.doubled, erp.misusedKeys]).toEqual([allIds, 0, 0])
      const keys = stage.erp.seen.flatMap(({ headers }) => headers['idempotency-key'] ?? [])
      expect(new Set(keys).size).toBe(keys.length)
    },
  )

  test('what `again` matches is sent again as well', async () => {
    let first = true
    erp.judge = ({ id }) => {
      if (id !== 3 || !first) return ok
      first = false
      return { keep: false, entry: { status: 'failed', error: { retry: true } } }
    }
    expect(await run('orders.results')).toMatchObject({ outcome: 'done' })
    expect(sent()[1]).toEqual([3])
  })

  test('a record that is refused is a bad one: the code is told, no text', async () => {
    erp.judge = ({ id }) => (id === 6 ? bad : ok)
    const failure = await stage.failing(await stage.slice({ to: 'orders.results' }))
    expect(failure).toMatchObject({
      type: 'BadRecord',
      details: { record: '6', page: 2, reason: 'erp/default orders.results refuses it (no_sku)' },
    })
    const { checkpoint } = await run('orders.results', { onBadRecord: 'set-aside' })
    expect(checkpoint.counters).toEqual({ pages: 6, read: 24, written: 23, setAside: 1 })
    expect([erp.doubled, erp.misusedKeys]).toEqual([0, 0])
  })

  test('an attempt that died between partial results and the note doubles nothing', async () => {
    const tries = new Map<number, number>()
    erp.judge = ({ id }) => {
      tries.set(id, (tries.get(id) ?? 0) + 1)
      return id % 3 === 0 && tries.get(id) === 1 ? busy : ok
    }
    let lost = 0
    erp.onApplied = (records) => {
      if (records.length > 2 || lost > 1) return undefined
      lost += 1
      return 'reset'
    }
    const failure = await stage.troubled(await stage.slice({ to: 'orders.results' }))
    expect(failure.type).toBe('UpstreamUnavailable')
    const again = await stage.troubled(await stage.slice({ to: 'orders.results' }))
    expect(again.type).toBe('UpstreamUnavailable')
    expect(await run('orders.results', { checkpoint: again.checkpoint })).toEqual({
      outcome: 'done',
      checkpoint: { counters: done },
    })
    expect([erp.ids(), erp.doubled, erp.misusedKeys, lost]).toEqual([allIds, 0, 0, 2])
  })

  test('where nothing may be repeated, the place tells which records are still to be written', async () => {
    let refuse = false
    erp.judge = ({ id }) => {
      if (id !== 6 && id !== 7) return ok
      if (stage.erp.seen.length > 3) return ok
      refuse = true
      return busy
    }
    stage.writeAnswer = (seen, ...http) => {
      if (!refuse) return erp.answer(seen, ...http)
      sendJson(http[1], 401, {})
    }
    const first = await run('orders.addResults')
    expect(first).toMatchObject({ outcome: 'rejected' })
    expect(first.checkpoint.cursor).toMatch(/^\/v1\/orders\?page=2#4\.[0-9a-f]{16}~1-2$/)
    expect(first.checkpoint.counters).toEqual({ pages: 1, read: 6, written: 6 })
    refuse = false
    stage.writeAnswer = erp.answer
    erp.judge = () => ok
    const rest = await run('orders.addResults', { checkpoint: first.checkpoint })
    expect(rest).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect([erp.ids(), erp.doubled]).toEqual([allIds, 0])
  })

  test.each<[string, unknown]>([
    ['no list', { note: CANARY }],
    ['too few', { results: [{ status: 'ok' }] }],
    ['no status', { results: [1, 2, 3, 4].map((id) => ({ id, note: CANARY })) }],
    ['nothing but numbers', { results: [1, 2, 3, 4] }],
  ])('an answer that tells it otherwise is told: %s', async (_name, body) => {
    stage.writeAnswer = (_seen, _request, response) => {
      sendJson(response, 207, body)
    }
    for (const to of ['orders.results', 'orders.resultsById'])
      expect(await stage.failing(await stage.slice({ to }))).toMatchObject({
        type: 'AnswerInvalid',
        nonRetryable: true,
      })
  })

  test('one that nobody can read leaves a write open that must not be repeated', async () => {
    stage.writeAnswer = (_seen, _request, response) => {
      sendJson(response, 207, { results: [] })
    }
    const stored: { phase?: string; checkpoint: SyncCheckpoint }[] = []
    const input = await stage.slice({ to: 'orders.addResults' })
    const client = heartbeatClient(stored)
    const failure = await failureOf(stage.bench.sync(input, { client }))
    expect(failure.type).toBe('AnswerInvalid')
    expect(stored.at(-1)).toMatchObject({ phase: 'sent' })
  })
})

describe('readBatchResults', () => {
  const rule = { path: 'results', ok: { path: 'status', equals: ['ok'] }, id: 'id' }
  const records = [7, 8].map((id, at) => ({ at, id, value: { id } }))
  const read = (results: unknown) =>
    readBatchResults({ results }, records, rule, ({ id }) => id ?? '', 'erp/default x')

  test('by id, whatever their order and whether ids are numbers or texts', () => {
    const result = read([
      { id: '8', status: 'ok' },
      { id: 7, status: 'no' },
    ])
    expect(result).toMatchObject({ accepted: [{ id: 8 }], refused: [{ id: 7 }], again: [] })
  })

  test.each([
    [
      'another record’s',
      [
        { id: 7, status: 'ok' },
        { id: 9, status: 'ok' },
      ],
    ],
    [
      'the same one twice',
      [
        { id: 7, status: 'ok' },
        { id: 7, status: 'ok' },
      ],
    ],
    ['none', [{ id: 7, status: 'ok' }, { status: 'ok' }]],
  ])('a result with an id that is wrong is unreadable: %s', (_name, results) => {
    expect(read(results)).toHaveProperty('problem')
  })

  test('a reason is told where it is a code; free text may hold values', () => {
    const told = (code: unknown) =>
      readBatchResults(
        { results: [{ status: 'no', code }] },
        records.slice(0, 1),
        { path: 'results', ok: rule.ok, reason: 'code' },
        () => '',
        'erp/default x',
      )
    const refused = (note: string) => ({ refused: [{ reason: `erp/default x refuses it${note}` }] })
    expect(told('no_sku:17')).toMatchObject(refused(' (no_sku:17)'))
    expect(told(4711)).toMatchObject(refused(' (4711)'))
    for (const text of [`${CANARY} is no sku`, 'x'.repeat(81), '', { CANARY }, undefined])
      expect(told(text)).toMatchObject(refused(''))
  })

  test('a status of HTTP as text asks for patience too', () => {
    expect(
      read([
        { id: 7, status: '429' },
        { id: 8, status: 500 },
      ]),
    ).toMatchObject({
      again: [{ record: { id: 7 } }, { record: { id: 8 } }],
    })
  })
})
