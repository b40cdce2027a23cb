import { afterAll, beforeAll, expect, test } from 'vitest'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { apiKey, type Connector, defineConnector, get } from '../../../src/connectors/index.js'
import { failureCode } from '../../../src/contract/failure.js'
import {
  type LoopbackServer,
  sendJson,
  startLoopbackServer,
} from '../../fixtures/loopback-server.js'
import { CONNECTION, type Setup, setUpTokenActivities } from './token-activities-setup.js'

let upstream: LoopbackServer
let it: Setup
let reply: { status: number; body?: unknown; headers?: Record<string, string> } = { status: 200 }
const seen: (string | undefined)[] = []
let connector: Connector

beforeAll(async () => {
  upstream = await startLoopbackServer((request, response) => {
    seen.push(`${String(request.url)} ${String(request.headers['x-api-key'])}`)
    if (reply.status === 0) request.socket.resetAndDestroy()
    else sendJson(response, reply.status, reply.body ?? {}, reply.headers)
  })
  connector = defineConnector({
    id: 'shop',
    baseUrl: `${upstream.origin}/admin/`,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { me: get('/me.json') },
    verify: 'me',
    expired: {
      status: [419],
      statusOncePastExpiry: [404],
      header: { name: 'X-Reason', includes: 'expired' },
      body: { path: 'error.code', equals: [602] },
    },
  })
  const silent = defineConnector({
    id: 'silent',
    baseUrl: upstream.origin,
    auth: connector.auth,
    endpoints: {},
  })
  it = await setUpTokenActivities([connector, silent], {
    exchangeOnce: createExchangeOnce({ network: LOOPBACK, totalTimeoutMs: 2000, maxBytes: 1000 }),
  })
})
afterAll(() => upstream.stop())

async function verify(connection = CONNECTION) {
  const token = await it.seal({ apiKey: 'canary-key' }, 'token', connection)
  const result = await it.run('tokenkeeper.verify', { connection, token })
  expect(JSON.stringify(result)).not.toContain('canary')
  return result
}

const html = { 'content-type': 'text/html' }
test.each([
  ['200', { status: 200 }, 'accepted'],
  ['401', { status: 401 }, 'refused'],
  ['bare 403', { status: 403 }, 'refused'],
  ['own status', { status: 419 }, 'refused'],
  ['own header', { status: 400, headers: { 'x-reason': 'token expired' } }, 'refused'],
  ['own body at 200', { status: 200, body: { error: { code: 602 } } }, 'refused'],
  ['403 insufficient_scope', { status: 403, body: { error: 'insufficient_scope' } }, 'unknown'],
  ['403 HTML', { status: 403, headers: html }, 'unknown'],
  ['200 HTML', { status: 200, headers: html }, 'unknown'],
  ['404', { status: 404 }, 'unknown'],
  ['429', { status: 429 }, 'unknown'],
  ['500', { status: 500 }, 'unknown'],
  ['redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'unknown'],
  ['reset', { status: 0 }, 'unknown'],
])('%s', async (_name, answer, verdict) => {
  reply = answer
  seen.length = 0
  const result = await verify()
  expect(result).toMatchObject({ outcome: verdict })
  expect(seen).toEqual(['/admin/me.json canary-key'])
  if (verdict !== 'accepted') expect(result.message).toMatch(/verify endpoint of shop\/acme/)
})

test('a connector without a verify endpoint is not asked', async () => {
  seen.length = 0
  expect(await verify('silent')).toMatchObject({ outcome: 'unknown', code: 'no_verify' })
  expect(seen).toEqual([])
})

test('a token of another connection does not open', async () => {
  const token = await it.seal({ apiKey: 'x' }, 'token', 'silent')
  const failed = it.run('tokenkeeper.verify', { connection: CONNECTION, token })
  expect(failureCode(await failed.catch((error: unknown) => error))).toBe('SealInvalid')
})
