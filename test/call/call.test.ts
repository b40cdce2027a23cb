import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { apiKey, defineConnector, get, post, put } from '../../src/connectors/index.js'
import { sendJson } from '../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  type Seen,
  startUpstream,
  type Upstream,
} from '../http/activity-bench.js'

type Answer = Parameters<typeof startUpstream>[0]
const ok: Answer = (_seen, _request, response) => {
  sendJson(response, 200, { id: 7 })
}

let upstream: Upstream
let elsewhere: Upstream
let bench: ActivityBench
let answer: Answer = ok
let rounds = 0

beforeAll(async () => {
  upstream = await startUpstream((...all) => {
    rounds += 1
    return answer(...all)
  })
  elsewhere = await startUpstream(ok)
  // A port that nobody listens on.
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))

  const endpoints = {
    'orders.get': get('/orders/{id}', { query: z.object({ fields: z.string().optional() }) }),
    'orders.typed': get('/orders/{id}', { response: z.object({ id: z.coerce.string() }) }),
    'orders.small': get('/orders/small', { maxBytes: 1000 }),
    'orders.slow': get('/orders/slow', { timeoutMs: 100 }),
    'orders.create': post('/orders', { body: z.object({ total: z.number() }), timeoutMs: 200 }),
    'orders.createOnce': post('/orders', { idempotency: { header: 'Idempotency-Key' } }),
    'orders.replace': put('/orders/{id}'),
  }
  const baseUrl = `${upstream.origin}/v1`
  bench = await createActivityBench([
    defineConnector({
      id: 'erp',
      baseUrl,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints,
      expired: {
        statusOncePastExpiry: [404],
        header: { name: 'x-reason', includes: 'token expired' },
        body: { path: 'error.code', equals: [602] },
      },
    }),
    defineConnector({
      id: 'asked',
      baseUrl,
      auth: apiKey({ in: 'query', name: 'key' }),
      endpoints,
    }),
    defineConnector({
      id: 'gone',
      baseUrl: `http://127.0.0.1:${String(port)}`,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints,
    }),
  ])
})
afterAll(async () => {
  await upstream.stop()
  await elsewhere.stop()
})
beforeEach(() => {
  answer = ok
  rounds = 0
  upstream.seen.length = 0
  elsewhere.seen.length = 0
})

async function input(endpoint: string, values: Record<string, unknown> = {}, connector = 'erp') {
  const connection = `${connector}/default`
  const lease = await bench.lease(connection)
  return { connection, endpoint, lease, input: values, idempotencyKey: 'key-1' }
}
const failing = async (endpoint: string, values?: Record<string, unknown>, connector?: string) => {
  const failure = await failureOf(bench.call(await input(endpoint, values, connector)))
  expect(failure.text).not.toContain(CANARY)
  return failure
}
const lastSeen = (): Seen => upstream.seen.at(-1) as Seen

describe('the request', () => {
  test('path, query and credential go out; the result comes back', async () => {
    const result = await bench.call(await input('orders.get', { id: 'a/b ?', fields: 'x&y' }))
    expect(result).toEqual({ outcome: 'done', result: { id: 7 } })
    expect(lastSeen().path).toBe('/v1/orders/a%2Fb%20%3F?fields=x%26y')
    expect(lastSeen().headers['x-api-key']).toBe(CANARY)
  })

  test.each(['', '.', '..', undefined, {}])('a path parameter %j is refused', async (id) => {
    expect(await failing('orders.get', { id })).toMatchObject({ type: 'InvalidInput' })
    expect(rounds).toBe(0)
  })

  test('input that does not fit names the path, not the value', async () => {
    const failure = await failing('orders.create', { body: { total: 'secret-total' } })
    expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
    expect(failure.message).toContain('total (invalid_type)')
    expect(failure.text).not.toContain('secret-total')
    expect(await failing('orders.get', { id: 1, body: {} })).toMatchObject({ type: 'InvalidInput' })
    expect(rounds).toBe(0)
  })

  test('unknown connector, endpoint and connection have their codes', async () => {
    expect(await failing('nope')).toMatchObject({ type: 'UnknownEndpoint' })
    expect(await failing('orders.get', {}, 'nope')).toMatchObject({ type: 'UnknownConnector' })
    const bad = { ...(await input('orders.get')), connection: 'No Such/Name' }
    expect(await failureOf(bench.call(bad))).toMatchObject({ type: 'InvalidConnection' })
  })

  test('a lease of another connection does not open', async () => {
    const moved = { ...(await input('orders.get', { id: 1 })), connection: 'erp/other' }
    expect(await failureOf(bench.call(moved))).toMatchObject({ type: 'SealInvalid' })
    expect(rounds).toBe(0)
  })

  test('nothing is sent under a dead lease', async () => {
    const late = await input('orders.get', { id: 1 })
    const lease = { ...late.lease, expiresAtMs: Date.now() }
    expect(await bench.call({ ...late, lease })).toEqual({ outcome: 'lease-expired' })
    expect(rounds).toBe(0)
  })

  test('nothing is sent again after a short wait that outlives the lease', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '1' })
    }
    const short = await input('orders.get', { id: 1 })
    const lease = { ...short.lease, expiresAtMs: Date.now() + 500 }
    expect(await bench.call({ ...short, lease })).toEqual({ outcome: 'lease-expired' })
    expect(rounds).toBe(1)
  })
})

describe('the answer', () => {
  test('is validated and transformed by the schema', async () => {
    expect(await bench.call(await input('orders.typed', { id: 7 }))).toEqual({
      outcome: 'done',
      result: { id: '7' },
    })
    answer = (_seen, _request, response) => {
      sendJson(response, 200, [CANARY])
    }
    expect(await failing('orders.typed', { id: 7 })).toMatchObject({ type: 'AnswerInvalid' })
  })

  test('that is not JSON, too large or compressed', async () => {
    answer = (_seen, _request, response) => void response.end(`<html>${CANARY}</html>`)
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'AnswerUnreadable' })
    answer = (_seen, _request, response) => {
      sendJson(response, 200, 'x'.repeat(1001))
    }
    expect(await failing('orders.small')).toMatchObject({ type: 'AnswerTooLarge' })
    answer = (_seen, _request, response) => {
      // Without content-length, in many pieces.
      for (let piece = 0; piece < 50; piece += 1) response.write('x'.repeat(100))
      response.end()
    }
    expect(await failing('orders.small')).toMatchObject({ type: 'AnswerTooLarge' })
    answer = (_seen, _request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(JSON.stringify('y'.repeat(1_000_000))))
    }
    expect(await failing('orders.small')).toMatchObject({ type: 'AnswerTooLarge' })
    answer = (_seen, _request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync('{"id":8}'))
    }
    expect(await bench.call(await input('orders.small'))).toMatchObject({ result: { id: 8 } })
    answer = (_seen, _request, response) => void response.writeHead(204).end()
    expect(await bench.call(await input('orders.get', { id: 1 }))).toEqual({
      outcome: 'done',
      result: null,
    })
  })

  test('401 and the connector’s own signs mean a rejected credential', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 401, { why: CANARY })
    }
    expect(await failing('orders.get', { id: 1 })).toMatchObject({
      type: 'CredentialRejected',
      nonRetryable: true,
      details: { generation: 1, status: 401, accepted: 0, connection: 'erp/default' },
    })
    answer = (_seen, _request, response) => {
      sendJson(response, 400, {}, { 'x-reason': 'the token expired' })
    }
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'CredentialRejected' })
    answer = (_seen, _request, response) => {
      sendJson(response, 200, { error: { code: 602 } })
    }
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'CredentialRejected' })
  })

  test('a 404 means expired only once the stored expiry has passed', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 404, {})
    }
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'UpstreamRejected' })
    const past = await input('orders.get', { id: 1 })
    const lease = { ...past.lease, tokenExpiresAtMs: Date.now() - 1 }
    expect(await failureOf(bench.call({ ...past, lease }))).toMatchObject({
      type: 'CredentialRejected',
    })
  })

  test('scope, other refusals, 5xx and the network', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 403, {}, { 'www-authenticate': 'Bearer error="insufficient_scope"' })
    }
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'InsufficientScope' })
    answer = (_seen, _request, response) => {
      sendJson(response, 422, { secret: CANARY })
    }
    expect(await failing('orders.get', { id: 1 })).toMatchObject({
      type: 'UpstreamRejected',
      details: { status: 422 },
    })
    answer = (_seen, _request, response) => {
      sendJson(response, 502, {})
    }
    const unavailable = { type: 'UpstreamUnavailable', nonRetryable: false }
    expect(await failing('orders.get', { id: 1 })).toMatchObject(unavailable)
    answer = (_seen, request) => void request.socket.destroy()
    expect(await failing('orders.get', { id: 1 })).toMatchObject(unavailable)
    answer = () => undefined
    expect(await failing('orders.slow')).toMatchObject(unavailable)
    expect(await failing('orders.get', { id: 1 }, 'gone')).toMatchObject(unavailable)
  })

  test('a long wait is the flow’s, a short one is sat out', async () => {
    answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '3600' })
    }
    const wait = { outcome: 'wait', waitMs: 3_600_000, reason: 'HTTP 429' }
    expect(await bench.call(await input('orders.get', { id: 1 }))).toEqual(wait)
    answer = (_seen, _request, response) => {
      sendJson(
        response,
        429,
        {},
        { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 60) },
      )
    }
    const told = await bench.call(await input('orders.get', { id: 1 }))
    expect(told).toMatchObject({ outcome: 'wait' })
    rounds = 0
    answer = (_seen, _request, response) => {
      if (rounds === 1) sendJson(response, 503, {}, { 'retry-after': '0' })
      else sendJson(response, 200, { id: 9 })
    }
    expect(await bench.call(await input('orders.get', { id: 1 }))).toMatchObject({
      result: { id: 9 },
    })
    expect(rounds).toBe(2)
  })
})

describe('redirects', () => {
  test('within the origin are followed and authorised anew', async () => {
    answer = ({ path }, _request, response) => {
      if (path.startsWith('/moved')) sendJson(response, 200, { id: 10 })
      else response.writeHead(307, { location: '/moved?page=1' }).end()
    }
    const result = { outcome: 'done', result: { id: 10 } }
    expect(await bench.call(await input('orders.get', { id: 1 }))).toEqual(result)
    expect(lastSeen().headers['x-api-key']).toBe(CANARY)
    expect(await bench.call(await input('orders.get', { id: 1 }, 'asked'))).toEqual(result)
    expect(lastSeen().path).toBe(`/moved?page=1&key=${CANARY}`)
  })

  test('elsewhere never receive the credential', async () => {
    answer = (_seen, _request, response) =>
      void response.writeHead(302, { location: `${elsewhere.origin}/?k=${CANARY}` }).end()
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'ForeignOrigin' })
    expect(elsewhere.seen).toEqual([])
  })

  test('without end, or of a write, are refusals', async () => {
    answer = (_seen, _request, response) =>
      void response.writeHead(302, { location: '/again' }).end()
    expect(await failing('orders.get', { id: 1 })).toMatchObject({ type: 'UpstreamRejected' })
    expect(rounds).toBe(4)
    const write = await failing('orders.replace', { id: 1, body: {} })
    expect(write).toMatchObject({ type: 'UpstreamRejected' })
    expect(rounds).toBe(5)
  })
})

describe('writes', () => {
  const create = () => input('orders.create', { body: { total: 1 } })

  test('carry the idempotency key where the endpoint declares it, and may be repeated', async () => {
    expect(await bench.call(await input('orders.createOnce', { body: {} }))).toMatchObject({
      outcome: 'done',
    })
    expect(lastSeen().headers['idempotency-key']).toBe('key-1')
    answer = (_seen, request) => void request.socket.destroy()
    const again = await failing('orders.createOnce', { body: {} })
    expect(again).toMatchObject({ type: 'UpstreamUnavailable' })
    const replace = await failing('orders.replace', { id: 1, body: {} })
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
    answer = misbehave
    const stored: unknown[] = []
    const work = bench.call(await create(), { client: heartbeatClient(stored) })
    expect(await failureOf(work)).toMatchObject({ type: 'AmbiguousWrite', nonRetryable: true })
    expect(stored.at(-1)).toEqual({ phase: 'sent' })
    expect(rounds).toBe(1)
  })

  test('it is stored that one may have left before it leaves', async () => {
    const stored: unknown[] = []
    let before: unknown
    answer = (_seen, _request, response) => {
      before = stored.at(-1)
      sendJson(response, 200, {})
    }
    await bench.call(await create(), { client: heartbeatClient(stored) })
    expect(before).toEqual({ phase: 'sent' })
  })

  test('an attempt after one that died half-way sends nothing', async () => {
    const info = { attempt: 2, heartbeatDetails: { phase: 'sent' } }
    const work = bench.call(await create(), { info, client: heartbeatClient([]) })
    expect(await failureOf(work)).toMatchObject({ type: 'AmbiguousWrite' })
    expect(rounds).toBe(0)
  })

  test('what certainly was not applied may be tried again', async () => {
    const stored: unknown[] = []
    const client = heartbeatClient(stored)
    const refused = await input('orders.create', { body: { total: 1 } }, 'gone')
    expect(await failureOf(bench.call(refused, { client }))).toMatchObject({
      type: 'UpstreamUnavailable',
    })
    expect(stored.at(-1)).toEqual({ phase: 'open' })
    answer = (_seen, _request, response) => {
      sendJson(response, 429, {}, { 'retry-after': '30' })
    }
    expect(await bench.call(await create(), { client })).toMatchObject({ outcome: 'wait' })
    expect(stored.at(-1)).toEqual({ phase: 'open' })
  })
})
