import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MockActivityEnvironment } from '@temporalio/testing'
import type { Client } from '@temporalio/client'
import { DefaultLogger } from '@temporalio/worker'
import { Context } from '@temporalio/activity'
import {
  authorizedFetch,
  createAuthorizedFetchInterceptor,
} from '../../../activities/fetch/authorized-fetch.js'
import { toPatience } from '../../../activities/fetch/fetch-patience.js'
import { Keeper } from '../../../activities/keeper/keeper.js'
import { apiKey, defineConnector, get } from '../../../src/connectors/index.js'
import type { Lease } from '../../../src/contract/lease.js'
import type { CurrentLease, LeaseRequest } from '../../../src/contract/messages.js'
import { createKeyring } from '../../../src/sealing/keyring.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

let shop: Upstream
let elsewhere: Upstream
let bench: ActivityBench
/** Keys that the shop refuses. */
let refused: Set<string>
let token: FakeToken

/** A token workflow as the client sees it: signals in, the current lease out. */
class FakeToken {
  current: CurrentLease | undefined
  queries = 0
  readonly signals: LeaseRequest[] = []
  readonly started: unknown[] = []
  onSignal: (request: LeaseRequest) => Promise<void> | void = () => undefined

  readonly client = {
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    withDeadline: (_atMs: number, work: () => unknown) => work(),
    workflow: {
      getHandle: (id: string) => {
        expect(id).toBe('token:shop:acme')
        return {
          query: (): Promise<CurrentLease> => {
            this.queries += 1
            return this.current === undefined
              ? Promise.reject(notFound())
              : Promise.resolve(this.current)
          },
          signal: async (_name: string, request: LeaseRequest): Promise<void> => {
            if (this.current === undefined) throw notFound()
            this.signals.push(request)
            await this.onSignal(request)
          },
        }
      },
      start: (type: string, options: unknown) => {
        this.started.push([type, options])
        return Promise.resolve()
      },
    },
  } as unknown as Client

  grant(lease: Lease): void {
    this.current = { outcome: 'granted', lease }
  }
}
function notFound(): Error {
  return Object.assign(new Error('no'), { name: 'WorkflowNotFoundError' })
}
const unavailable = (status: 'active' | 'revoked' = 'active'): CurrentLease => ({
  outcome: 'unavailable',
  status,
  generation: 1,
  message: 'shop/acme is being refreshed.',
})
const leaseOf = (generation: number, more: Partial<Lease> = {}) =>
  bench.lease('shop/acme', { generation, ...more }, `${CANARY}-${String(generation)}`)

beforeAll(async () => {
  elsewhere = await startUpstream((_seen, _request, response) => {
    sendJson(response, 200, {})
  })
  shop = await startUpstream(({ headers, path, method }, _request, response) => {
    if (refused.has(String(headers['x-api-key']))) sendJson(response, 401, {})
    else if (path === '/v1/away') response.writeHead(302, { location: elsewhere.origin }).end()
    else if (path === '/v1/missing') sendJson(response, 404, { missing: true })
    else sendJson(response, 200, { path, method }, { 'x-seen': 'yes' })
  })
  bench = await createActivityBench([
    defineConnector({
      id: 'shop',
      baseUrl: `${shop.origin}/v1`,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { me: get('/me') },
    }),
  ])
})
afterAll(async () => {
  await shop.stop()
  await elsewhere.stop()
})
beforeEach(() => {
  refused = new Set()
  token = new FakeToken()
  shop.seen.length = 0
  elsewhere.seen.length = 0
})

/** A worker of its own, which has asked nobody yet. */
function createWorker(patienceMs = 2000, keyring = bench.keyring) {
  const keeper = new Keeper({ connectors: bench.connectors, keyring })
  const interceptor = createAuthorizedFetchInterceptor(keeper, { patienceMs })
  return <T>(activity: () => Promise<T>, heartbeats: unknown[] = []): Promise<T> => {
    const environment = new MockActivityEnvironment(
      // The stand-in's own default is a second.
      { heartbeatDetails: 'place', startToCloseTimeoutMs: 60_000 },
      { interceptors: [interceptor], client: token.client, logger: new DefaultLogger('ERROR') },
    )
    environment.on('heartbeat', (details) => heartbeats.push(details))
    return environment.run(activity)
  }
}
const count = async () => (await authorizedFetch('shop', 'acme')('/orders/count.json?a=1')).json()
const keysSeen = () => shop.seen.map(({ headers }) => headers['x-api-key'])
const failing = async (work: Promise<unknown>) => {
  const failure = await failureOf(work)
  expect(failure.text).not.toContain(CANARY)
  return failure
}

describe('authorizedFetch', () => {
  test('sends with the current lease, asked for once by the worker', async () => {
    token.grant(await leaseOf(1))
    const run = createWorker()
    const expected = { path: '/v1/orders/count.json?a=1', method: 'GET' }
    expect(await run(count)).toEqual(expected)
    expect(await run(count)).toEqual(expected)
    expect(keysSeen()).toEqual([`${CANARY}-1`, `${CANARY}-1`])
    expect(token.queries).toBe(1)
    expect(token.signals).toEqual([])
  })

  test('gives answers as they come', async () => {
    token.grant(await leaseOf(1))
    const [missing, posted] = await createWorker()(async () => {
      const fetch = authorizedFetch('shop', 'acme')
      const body = JSON.stringify({ a: 1 })
      const headers = { 'Content-Type': 'application/json' }
      return [
        await fetch('missing'),
        await fetch('/orders', { method: 'post', body, headers }),
      ] as const
    })
    expect(missing.status).toBe(404)
    expect(posted.headers.get('x-seen')).toBe('yes')
    expect(missing.ok).toBe(false)
    expect(missing.bodyUsed).toBe(false)
    expect(await missing.clone().json()).toEqual({ missing: true })
    expect(await new Response(missing.body as ReadableStream).text()).toBe('{"missing":true}')
    await expect(missing.text()).rejects.toThrow(TypeError)
    expect(shop.seen[1]).toMatchObject({ method: 'POST', body: '{"a":1}' })
    expect(shop.seen[1]?.headers['content-type']).toBe('application/json')
  })

  test('a refused generation is reported once and the request sent again', async () => {
    token.grant(await leaseOf(1))
    const run = createWorker()
    await run(count)
    refused.add(`${CANARY}-1`)
    token.onSignal = () => {
      token.current = unavailable()
      setTimeout(() => void leaseOf(2).then((lease) => token.grant(lease)), 300)
    }
    const beats: unknown[] = []
    const both = () => Promise.all([count(), count()])
    expect(await run(both, beats)).toHaveLength(2)
    expect(token.signals).toMatchObject([{ replyTo: '', rejected: { generation: 1, status: 401 } }])
    expect(keysSeen().slice(-2)).toEqual([`${CANARY}-2`, `${CANARY}-2`])
    // The user's own place is what is repeated.
    expect(new Set(beats)).toEqual(new Set(['place']))
    expect(beats.length).toBeGreaterThan(0)
  })

  test('a dead lease is renewed before anything is sent', async () => {
    token.grant(await leaseOf(1, { expiresAtMs: Date.now() - 1 }))
    token.onSignal = async ({ rejected }) => {
      expect(rejected).toBeUndefined()
      token.grant(await leaseOf(2))
    }
    await createWorker()(count)
    expect(keysSeen()).toEqual([`${CANARY}-2`])
  })

  test('fresh generations that are refused are no end: the next one is waited for', async () => {
    token.grant(await leaseOf(1))
    refused = new Set([1, 2, 3, 4].map((generation) => `${CANARY}-${String(generation)}`))
    token.onSignal = async ({ rejected }) => {
      token.grant(await leaseOf((rejected?.generation ?? 0) + 1))
    }
    expect(await createWorker()(count)).toMatchObject({ method: 'GET' })
    expect(token.signals.map(({ rejected }) => rejected?.generation)).toEqual([1, 2, 3, 4])
    expect(token.signals[0]?.rejected).toMatchObject({ endpoint: 'GET', by: 'test' })
  })

  test('one odd refusal of a credential that stays as it is, is tried again', async () => {
    token.grant(await leaseOf(1))
    refused = new Set([`${CANARY}-1`])
    token.onSignal = () => {
      refused = new Set()
    }
    expect(await createWorker()(count)).toMatchObject({ method: 'GET' })
    expect(keysSeen()).toEqual([`${CANARY}-1`, `${CANARY}-1`])
  })

  test('a request that is refused time and again, though the credential is given out, stops', async () => {
    token.grant(await leaseOf(1))
    refused = new Set([`${CANARY}-1`])
    expect(await failing(createWorker(10_000)(count))).toMatchObject({
      type: 'FreshTokenRejected',
      nonRetryable: true,
    })
    expect(keysSeen()).toHaveLength(3)
    refused = new Set()
    expect(await createWorker()(count)).toMatchObject({ method: 'GET' })
  })

  test('no usable lease in time, revoked, and not connected', async () => {
    token.current = unavailable()
    const late = await failing(createWorker(300)(count))
    expect(late).toMatchObject({ type: 'UpstreamUnavailable', nonRetryable: false })
    expect(late.message).toContain('being refreshed')
    token.current = unavailable('revoked')
    expect(await failing(createWorker()(count))).toMatchObject({ type: 'ConnectionRevoked' })
    token.current = undefined
    const unconnected = await failing(createWorker()(count))
    expect(unconnected).toMatchObject({ type: 'UpstreamUnavailable', nonRetryable: false })
    expect(unconnected.message).toContain('not connected')
    expect(token.started).toMatchObject([
      ['tokenWorkflow', { workflowId: 'token:shop:acme', taskQueue: 'tokenkeeper' }],
    ])
  })

  test.each<[string, () => CurrentLease | undefined, RegExp]>([
    ['refreshed without end', () => unavailable(), /being refreshed/],
    ['without a token workflow', () => undefined, /not connected yet/],
  ])('a connection that is %s fails for good after maxWait', async (_name, state, why) => {
    token.current = state()
    const limited = async () =>
      await authorizedFetch('shop', 'acme', { maxWait: '300ms' })('/orders')
    const startedMs = Date.now()
    const late = await failing(createWorker(60_000)(limited))
    expect(late).toMatchObject({ type: 'ConnectionNotUsable', nonRetryable: true })
    expect(late.message).toMatch(/^shop\/acme was not usable within 300ms/)
    expect(late.message).toMatch(why)
    expect(Date.now() - startedMs).toBeLessThan(10_000)
  })

  test('a maxWait that is none is refused', async () => {
    const strange = async () =>
      await authorizedFetch('shop', 'acme', { maxWait: 'soon' })('/orders')
    expect(await failing(createWorker()(strange))).toMatchObject({ type: 'InvalidInput' })
  })

  test.each([
    [10_000, 0, 9000],
    [1000, 0, 800],
    [600_000, 0, 30_000],
    [10_000, 9500, 400],
    [10_000, 11_000, 0],
    [0, 0, 30_000],
  ])('an attempt of %d ms at %d ms waits %d ms, and can still say why', (own, atMs, waits) => {
    const moment = { startedAtMs: 0, nowMs: atMs, patienceMs: 30_000 }
    const info = { startToCloseTimeoutMs: own }
    const { untilMs, asked } = toPatience({ connection: 'shop/acme' }, info, moment)
    expect([untilMs - atMs, asked]).toEqual([waits, undefined])
  })

  test('without runtime or key both ways out are named', async () => {
    const outside = await failing(new MockActivityEnvironment().run(count))
    expect(outside).toMatchObject({ type: 'NoKeyHere', nonRetryable: true })
    expect(outside.message).toMatch(/TokenkeeperPlugin.*connection\(/)
    const keyring = await createKeyring([])
    const keyless = createWorker(300, keyring)
    expect(await failing(keyless(count))).toMatchObject({ type: 'NoKeyHere' })
  })

  test('the credential goes to no other origin', async () => {
    token.grant(await leaseOf(1))
    const run = createWorker()
    const away = (url: string) => run(() => authorizedFetch('shop', 'acme')(url))
    expect(await failing(away('/away'))).toMatchObject({ type: 'ForeignOrigin' })
    expect(await failing(away(elsewhere.origin))).toMatchObject({ type: 'ForeignOrigin' })
    expect((await away(`${shop.origin}/other`)).status).toBe(200)
    expect(elsewhere.seen).toEqual([])
  })

  test('the heartbeats of the user’s activity still work', async () => {
    token.grant(await leaseOf(1))
    const beats: unknown[] = []
    await createWorker()(async () => {
      Context.current().heartbeat({ at: 7 })
      await count()
    }, beats)
    expect(beats).toEqual([{ at: 7 }])
  })
})
