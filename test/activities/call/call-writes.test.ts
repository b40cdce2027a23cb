import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendJson } from '../../fixtures/loopback-server.js'
import { failureOf, heartbeatClient } from '../activity-bench.js'
import { type Answer, CallStage } from './call-stage.js'

let stage: CallStage
beforeAll(async () => {
  stage = await CallStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

describe('writes', () => {
  const create = () => stage.input('orders.create', { body: { total: 1 } })

  test('carry the idempotency key where the endpoint declares it, and may be repeated', async () => {
    expect(
      await stage.bench.call(await stage.input('orders.createOnce', { body: {} })),
    ).toMatchObject({
      outcome: 'done',
    })
    expect(stage.lastSeen().headers['idempotency-key']).toBe('key-1')
    stage.answer = (_seen, request) => void request.socket.destroy()
    const again = await stage.failing('orders.createOnce', { body: {} })
    expect(again).toMatchObject({ type: 'UpstreamUnavailable' })
    const replace = await stage.failing('orders.replace', { id: 1, body: {} })
    expect(replace).toMatchObject({ type: 'UpstreamUnavailable' })
  })

  test.each<[string, Answer]>([
    ['a reset', (_seen, request) => void request.socket.destroy()],
    ['a 500', (_seen, _request, response) => void response.writeHead(500).end()],
    ['no answer', () => undefined],
    [
      'half an answer',
      (_seen, request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{')
        setImmediate(() => request.socket.destroy())
      },
    ],
  ])('without a key, %s leaves the outcome unknown', async (_name, misbehave) => {
    stage.answer = misbehave
    const stored: unknown[] = []
    const work = stage.bench.call(await create(), { client: heartbeatClient(stored) })
    expect(await failureOf(work)).toMatchObject({ type: 'AmbiguousWrite', nonRetryable: true })
    expect(stored.at(-1)).toEqual({ phase: 'sent' })
    expect(stage.rounds).toBe(1)
  })

  test('it is stored that one may have left before it leaves', async () => {
    const stored: unknown[] = []
    let before: unknown
    stage.answer = (_seen, _request, response) => {
      before = stored.at(-1)
      sendJson(response, 200, {})
    }
    await stage.bench.call(await create(), { client: heartbeatClient(stored) })
    expect(before).toEqual({ phase: 'sent' })
  })

  test('an attempt after one that died half-way sends nothing', async () => {
    const info = { attempt: 2, heartbeatDetails: { phase: 'sent' } }
    const work = stage.bench.call(await create(), { info, client: heartbeatClient([]) })
    expect(await failureOf(work)).toMatchObject({ type: 'AmbiguousWrite' })
    expect(stage.rounds).toBe(0)
  })

  test('what certainly was not applied may be tried again', async () => {
    const stored: unknown[] = []
    const client = heartbeatClient(stored)
    const refused = await stage.input('orders.create', { body: { total: 1 } }, 'gone')
    expect(await failureOf(stage.bench.call(refused, { client }))).toMatchObject({
      type: 'UpstreamUnavailable',
    })
    expect(stored.at(-1)).toEqual({ phase: 'open' })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '30' })
    }
    expect(await stage.bench.call(await create(), { client })).toMatchObject({ outcome: 'wait' })
    expect(stored.at(-1)).toEqual({ phase: 'open' })
  })
})
