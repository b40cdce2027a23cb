import type { Client } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  authorizedFetch,
  type AuthorizedFetchInit,
  createAuthorizedFetchInterceptor,
} from '../../../activities/fetch/authorized-fetch.js'
import {
  apiKey,
  basic,
  defineConnector,
  get,
  linkHeader,
  post,
} from '../../../src/connectors/index.js'
import type { AuthDefinition } from '../../../src/auth/registry.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { sealFields } from '../../../activities/connection/sealed-fields.js'
import { Secret } from '../../../src/sealing/secret.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

let shop: Upstream
let bench: ActivityBench
const PLACES = ['header', 'query', 'cookie', 'body'] as const

beforeAll(async () => {
  shop = await startUpstream((_seen, _request, response) => {
    sendJson(response, 200, { orders: [{ id: 1 }] })
  })
  const endpoints = {
    get: get('/orders/{id}'),
    list: get('/orders', { items: 'orders', paginate: linkHeader() }),
    create: post('/orders', { idempotency: { header: 'Idempotency-Key' } }),
    put: post('/orders/{id}', { batch: { size: 1 } }),
  }
  const withBody = { create: endpoints.create }
  const connector = (id: string, auth: AuthDefinition) =>
    defineConnector({
      id,
      baseUrl: shop.origin,
      auth,
      endpoints: id === 'body' ? (withBody as unknown as typeof endpoints) : endpoints,
    })
  bench = await createActivityBench([
    ...PLACES.map((place) => connector(place, apiKey({ in: place, name: 'key' }))),
    connector('basic', basic()),
  ])
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.seen.length = 0
})

/** Each would end a line of the request and begin one of the attacker's. */
const BREAKS = ['\r\nx-evil: 1', '\nx', '\rx', '\0x', '\r\n\r\nGET /evil HTTP/1.1']

async function refusal(work: Promise<unknown>) {
  const failure = await failureOf(work)
  expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
  expect(failure.message).toMatch(/^(?:header|query|cookie|body|basic)\/default/)
  expect(failure.text).not.toContain(CANARY)
  expect(shop.seen).toEqual([])
  return failure
}
async function leaseOf(connector: string, fields: Readonly<Record<string, string>>) {
  const connection = `${connector}/default`
  const secrets = Object.entries(fields).map(([name, text]) => [name, new Secret(text)] as const)
  const binding = { connection, purpose: 'token' } as const
  const sealed = await sealFields(bench.keyring, Object.fromEntries(secrets), binding)
  return { ...(await bench.lease(connection)), sealed }
}
async function call(endpoint: string, input: object, more: object = {}) {
  const connection = 'header/default'
  const lease = await bench.lease(connection)
  const whole = { connection, endpoint, lease, input: { ...input }, idempotencyKey: 'k', ...more }
  return await bench.call(whole, { client: heartbeatClient([]) })
}

describe('a line break or NUL is refused without being repeated', () => {
  test.each(BREAKS)('%j in what a call is given', async (text) => {
    const value = `${CANARY}${text}`
    await refusal(call('get', { id: value }))
    await refusal(call('list', { status: value }))
    await refusal(call('list', { status: ['ok', value] }))
    await refusal(call('list', { [value]: 'x' }))
    await refusal(call('create', { body: {} }, { idempotencyKey: value }))
  })

  test.each(BREAKS)('%j in a credential, wherever it is put', async (text) => {
    const value = `${CANARY}${text}`
    for (const place of PLACES) {
      const connection = `${place}/default`
      const lease = await leaseOf(place, { apiKey: value })
      const endpoint = place === 'body' ? 'create' : 'list'
      await refusal(call(endpoint, place === 'body' ? { body: {} } : {}, { connection, lease }))
    }
  })

  test.each(BREAKS)('%j in what a sync reads and writes', async (text) => {
    const value = `${CANARY}${text}`
    const input: SyncSliceInput = {
      from: { connection: 'header/default', endpoint: 'list', input: { status: value } },
      to: { connection: 'query/default', endpoint: 'put' },
      fromLease: await bench.lease('header/default'),
      toLease: await bench.lease('query/default'),
      lineage: 'sync',
      checkpoint: { counters: { pages: 0, read: 0, written: 0 } },
    }
    const options = { client: heartbeatClient([]) }
    await refusal(bench.sync(input, options))
    const from = { connection: 'header/default', endpoint: 'list' }
    const to = { ...input.to, input: { id: value } }
    const written = await failureOf(bench.sync({ ...input, from, to }, options))
    expect(written).toMatchObject({ type: 'InvalidInput' })
    expect(written.text).not.toContain(CANARY)
    // It is a matter of the sync, not of a record: told before anything is read.
    expect(shop.seen).toEqual([])
  })

  async function fetchWith(init: AuthorizedFetchInit) {
    const lease = await bench.lease('header/default')
    const handle = { query: () => Promise.resolve({ outcome: 'granted', lease }) }
    const client = {
      withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
      withDeadline: (_atMs: number, work: () => unknown) => work(),
      workflow: { getHandle: () => handle },
    } as unknown as Client
    const interceptors = [createAuthorizedFetchInterceptor(bench.createKeeper())]
    const environment = new MockActivityEnvironment(
      {},
      { interceptors, client, logger: new DefaultLogger('ERROR') },
    )
    const activity = async () => (await authorizedFetch('header')('/orders', init)).status
    return await environment.run(activity)
  }

  test.each(BREAKS)('%j in what authorizedFetch is given', async (text) => {
    const value = `${CANARY}${text}`
    await refusal(fetchWith({ headers: { 'x-own': value } }))
    await refusal(fetchWith({ headers: [[`x-${value}`, 'x']] }))
    await refusal(fetchWith({ headers: { cookie: `a=${value}` } }))
    await refusal(fetchWith({ headers: { 'idempotency-key': value }, method: 'POST' }))
    await refusal(fetchWith({ method: `GET ${value}` }))
  })

  test('nor is another host named behind the same address', async () => {
    const failure = await refusal(fetchWith({ headers: { Host: 'other.example' } }))
    expect(failure.message).toContain('names another host')
    const { host } = new URL(shop.origin)
    expect(await fetchWith({ headers: { host } })).toBe(200)
  })
})

test('half a character in a path or query is refused, and a whole one is sent', async () => {
  await refusal(call('get', { id: '\ud800' }))
  await refusal(call('list', { status: 'x\udc00' }))
  await call('get', { id: '\u{1F511}é/..' })
  expect(shop.seen.at(-1)?.path).toBe('/orders/%F0%9F%94%91%C3%A9%2F..')
})
