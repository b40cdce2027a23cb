import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY, failureOf } from '../activity-bench.js'
import { CallStage } from './call-stage.js'

let stage: CallStage
beforeAll(async () => {
  stage = await CallStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

describe('the answer', () => {
  test('is validated and transformed by the schema', async () => {
    expect(await stage.bench.call(await stage.input('orders.typed', { id: 7 }))).toEqual({
      outcome: 'done',
      result: { id: '7' },
    })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 200, [CANARY])
    }
    expect(await stage.failing('orders.typed', { id: 7 })).toMatchObject({ type: 'AnswerInvalid' })
  })

  test('that is not JSON, too large or compressed', async () => {
    stage.answer = (_seen, _request, response) => void response.end(`<html>${CANARY}</html>`)
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({ type: 'AnswerUnreadable' })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 200, 'x'.repeat(1001))
    }
    expect(await stage.failing('orders.small')).toMatchObject({ type: 'AnswerTooLarge' })
    stage.answer = (_seen, _request, response) => {
      // Without content-length, in many pieces.
      for (let piece = 0; piece < 50; piece += 1) response.write('x'.repeat(100))
      response.end()
    }
    expect(await stage.failing('orders.small')).toMatchObject({ type: 'AnswerTooLarge' })
    stage.answer = (_seen, _request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(JSON.stringify('y'.repeat(1_000_000))))
    }
    expect(await stage.failing('orders.small')).toMatchObject({ type: 'AnswerTooLarge' })
    stage.answer = (_seen, _request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync('{"id":8}'))
    }
    expect(await stage.bench.call(await stage.input('orders.small'))).toMatchObject({
      result: { id: 8 },
    })
    stage.answer = (_seen, _request, response) => void response.writeHead(204).end()
    expect(await stage.bench.call(await stage.input('orders.get', { id: 1 }))).toEqual({
      outcome: 'done',
      result: null,
    })
  })

  test('401 and the connector’s own signs mean a rejected credential', async () => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 401, { why: CANARY })
    }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
      type: 'CredentialRejected',
      nonRetryable: true,
      details: { generation: 1, status: 401, accepted: 0, connection: 'erp/default' },
    })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 400, {}, { 'x-reason': 'the token expired' })
    }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
      type: 'CredentialRejected',
    })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 200, { error: { code: 602 } })
    }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
      type: 'CredentialRejected',
    })
  })

  test('a 404 means expired only once the stored expiry has passed', async () => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 404, {})
    }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({ type: 'UpstreamRejected' })
    const past = await stage.input('orders.get', { id: 1 })
    const lease = { ...past.lease, tokenExpiresAtMs: Date.now() - 1 }
    expect(await failureOf(stage.bench.call({ ...past, lease }))).toMatchObject({
      type: 'CredentialRejected',
    })
  })

  test('scope, other refusals, 5xx and the network', async () => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 403, {}, { 'www-authenticate': 'Bearer error="insufficient_scope"' })
    }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
      type: 'InsufficientScope',
    })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 422, { secret: CANARY })
    }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
      type: 'UpstreamRejected',
      details: { status: 422 },
    })
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 502, {})
    }
    const unavailable = { type: 'UpstreamUnavailable', nonRetryable: false }
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject(unavailable)
    stage.answer = (_seen, request) => void request.socket.destroy()
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject(unavailable)
    stage.answer = () => undefined
    expect(await stage.failing('orders.slow')).toMatchObject(unavailable)
    expect(await stage.failing('orders.get', { id: 1 }, 'gone')).toMatchObject(unavailable)
  })

  test('a long wait is the flow’s, a short one is sat out', async () => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '3600' })
    }
    const wait = { outcome: 'wait', waitMs: 3_600_000, reason: 'HTTP 429' }
    expect(await stage.bench.call(await stage.input('orders.get', { id: 1 }))).toEqual(wait)
    stage.answer = (_seen, _request, response) => {
      sendJson(
        response,
        429,
        {},
        { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 60) },
      )
    }
    stage.bench.restart()
    const told = await stage.bench.call(await stage.input('orders.get', { id: 1 }))
    expect(told).toMatchObject({ outcome: 'wait' })
    stage.bench.restart()
    stage.rounds = 0
    stage.answer = (_seen, _request, response) => {
      if (stage.rounds === 1) sendJson(response, 503, {}, { 'retry-after': '0' })
      else sendJson(response, 200, { id: 9 })
    }
    expect(await stage.bench.call(await stage.input('orders.get', { id: 1 }))).toMatchObject({
      result: { id: 9 },
    })
    expect(stage.rounds).toBe(2)
  })

  test('time and again, each time at once: it is not stormed, and becomes a wait of the flow', async () => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '0' })
    }
    const outcome = await stage.bench.call(await stage.input('orders.get', { id: 1 }))
    expect(outcome).toMatchObject({ outcome: 'wait', reason: 'HTTP 429' })
    expect(stage.rounds).toBeLessThan(10)
  })
})
