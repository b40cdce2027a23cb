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

describe('the request', () => {
  test('path, query and credential go out; the result comes back', async () => {
    const result = await stage.bench.call(
      await stage.input('orders.get', { id: 'a/b ?', fields: 'x&y' }),
    )
    expect(result).toEqual({ outcome: 'done', result: { id: 7 } })
    expect(stage.lastSeen().path).toBe('/v1/orders/a%2Fb%20%3F?fields=x%26y')
    expect(stage.lastSeen().headers['x-api-key']).toBe(CANARY)
  })

  test.each(['', '.', '..', undefined, {}])('a path parameter %j is refused', async (id) => {
    expect(await stage.failing('orders.get', { id })).toMatchObject({ type: 'InvalidInput' })
    expect(stage.rounds).toBe(0)
  })

  test('input that does not fit names the path, not the value', async () => {
    const failure = await stage.failing('orders.create', { body: { total: 'secret-total' } })
    expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
    expect(failure.message).toContain('total (invalid_type)')
    expect(failure.text).not.toContain('secret-total')
    expect(await stage.failing('orders.get', { id: 1, body: {} })).toMatchObject({
      type: 'InvalidInput',
    })
    expect(stage.rounds).toBe(0)
  })

  test('unknown connector, endpoint and connection have their codes', async () => {
    expect(await stage.failing('nope')).toMatchObject({ type: 'UnknownEndpoint' })
    expect(await stage.failing('orders.get', {}, 'nope')).toMatchObject({
      type: 'UnknownConnector',
    })
    const bad = { ...(await stage.input('orders.get')), connection: 'No Such/Name' }
    expect(await failureOf(stage.bench.call(bad))).toMatchObject({ type: 'InvalidConnection' })
  })

  test('a lease of another connection does not open', async () => {
    const moved = { ...(await stage.input('orders.get', { id: 1 })), connection: 'erp/other' }
    expect(await failureOf(stage.bench.call(moved))).toMatchObject({ type: 'SealInvalid' })
    expect(stage.rounds).toBe(0)
  })

  test('nothing is sent under a dead lease', async () => {
    const late = await stage.input('orders.get', { id: 1 })
    const lease = { ...late.lease, expiresAtMs: Date.now() }
    expect(await stage.bench.call({ ...late, lease })).toEqual({ outcome: 'lease-expired' })
    expect(stage.rounds).toBe(0)
  })

  test('nothing is sent again after a short wait that outlives the lease', async () => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '1' })
    }
    const short = await stage.input('orders.get', { id: 1 })
    const lease = { ...short.lease, expiresAtMs: Date.now() + 900 }
    expect(await stage.bench.call({ ...short, lease })).toEqual({ outcome: 'lease-expired' })
    expect(stage.rounds).toBe(1)
  })
})

describe('redirects', () => {
  test('within the origin are followed and authorised anew', async () => {
    stage.answer = ({ path }, _request, response) => {
      if (path.startsWith('/moved')) sendJson(response, 200, { id: 10 })
      else response.writeHead(307, { location: '/moved?page=1' }).end()
    }
    const result = { outcome: 'done', result: { id: 10 } }
    expect(await stage.bench.call(await stage.input('orders.get', { id: 1 }))).toEqual(result)
    expect(stage.lastSeen().headers['x-api-key']).toBe(CANARY)
    expect(await stage.bench.call(await stage.input('orders.get', { id: 1 }, 'asked'))).toEqual(
      result,
    )
    expect(stage.lastSeen().path).toBe(`/moved?page=1&key=${CANARY}`)
  })

  test('elsewhere never receive the credential', async () => {
    stage.answer = (_seen, _request, response) =>
      void response.writeHead(302, { location: `${stage.elsewhere.origin}/?k=${CANARY}` }).end()
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({ type: 'ForeignOrigin' })
    expect(stage.elsewhere.seen).toEqual([])
  })

  test('without end, or of a write, are refusals', async () => {
    stage.answer = (_seen, _request, response) =>
      void response.writeHead(302, { location: '/again' }).end()
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({ type: 'UpstreamRejected' })
    expect(stage.rounds).toBe(4)
    const write = await stage.failing('orders.replace', { id: 1, body: {} })
    expect(write).toMatchObject({ type: 'UpstreamRejected' })
    expect(stage.rounds).toBe(5)
  })
})
