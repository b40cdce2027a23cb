import type { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Client } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import {
  authorizedFetch,
  createAuthorizedFetchInterceptor,
} from '../../../activities/fetch/authorized-fetch.js'
import { apiKey, defineConnector, get, post } from '../../../src/connectors/index.js'
import type { LimitRules } from '../../../src/connectors/limits.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  createActivityBench,
  heartbeatClient,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

type Answer = Parameters<typeof startUpstream>[0]
const ok: Answer = (_seen, _request, response) => {
  sendJson(response, 200, { id: 7 })
}

let answer: Answer
let upstream: Upstream
let bench: ActivityBench

beforeAll(async () => {
  upstream = await startUpstream((...all) => answer(...all))
  const connector = (id: string, limits: LimitRules) =>
    defineConnector({
      id,
      baseUrl: upstream.origin,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { get: get('/one'), moved: get('/moved'), create: post('/new') },
      limits,
    })
  bench = await createActivityBench([
    connector('plain', {}),
    connector('paced', { budget: { requests: 1, perMs: 60_000 } }),
    connector('told', {
      detect: [{ status: [200], body: { path: 'error', equals: ['slow down'] }, waitMs: 60_000 }],
      remaining: [
        { header: 'X-Left', as: 'number', reset: { header: 'X-Reset', as: 'milliseconds' } },
      ],
    }),
  ])
})
afterAll(() => upstream.stop())
beforeEach(() => {
  answer = ok
  upstream.seen.length = 0
  bench.restart()
})

const call = async (connection: string, endpoint = 'get', stored: unknown[] = []) =>
  await bench.call(
    { connection, endpoint, lease: await bench.lease(connection), input: {}, idempotencyKey: 'k' },
    { client: heartbeatClient(stored) },
  )
const done = { outcome: 'done', result: { id: 7 } }

function limitOnce(seconds: string): void {
  answer = (_seen, _request, response) => {
    answer = ok
    sendJson(response, 429, {}, { 'retry-after': seconds })
  }
}

it('a 429 told to one holds back all of the connection in this worker, and nobody else', async () => {
  limitOnce('90')
  expect(await call('plain/a')).toEqual({ outcome: 'wait', waitMs: 90_000, reason: 'HTTP 429' })
  const held = await call('plain/a')
  expect(held).toMatchObject({ outcome: 'wait', reason: 'its rate limit' })
  expect(held.outcome === 'wait' && held.waitMs).toBeGreaterThan(80_000)
  expect(upstream.seen).toHaveLength(1)
  expect(await call('plain/b')).toEqual(done)
  bench.restart()
  expect(await call('plain/a')).toEqual(done)
})

it('a 503 with Retry-After holds back nobody else', async () => {
  answer = (_seen, _request, response) => {
    answer = ok
    sendJson(response, 503, {}, { 'retry-after': '90' })
  }
  expect(await call('plain/a')).toMatchObject({ outcome: 'wait', waitMs: 90_000 })
  expect(await call('plain/a')).toEqual(done)
})

it('a turn of the budget that is far off is the flow’s to wait for; nothing is sent', async () => {
  expect(await call('paced/a')).toEqual(done)
  expect(await call('paced/a')).toMatchObject({ outcome: 'wait', reason: 'its rate limit' })
  expect(upstream.seen).toHaveLength(1)
})

it('a redirect takes a turn as well', async () => {
  answer = ({ path }, _request, response) => {
    if (path === '/moved') response.writeHead(302, { location: '/one' }).end()
    else sendJson(response, 200, { id: 7 })
  }
  expect(await call('paced/a', 'moved')).toMatchObject({
    outcome: 'wait',
    reason: 'its rate limit',
  })
  expect(upstream.seen.map(({ path }) => path)).toEqual(['/moved'])
})

it('a write that must not be repeated is not noted as sent while it waits for its turn', async () => {
  limitOnce('90')
  await call('plain/a')
  const stored: unknown[] = []
  expect(await call('plain/a', 'create', stored)).toMatchObject({ outcome: 'wait' })
  expect(stored).not.toContainEqual({ phase: 'sent' })
})

it('a limit that is told at 200 is waited for, and is no result', async () => {
  answer = (_seen, _request, response) => {
    sendJson(response, 200, { error: 'slow down' })
  }
  expect(await call('told/a')).toEqual({ outcome: 'wait', waitMs: 60_000, reason: 'HTTP 200' })
})

it('a limit that is told behind a byte order mark is one as well', async () => {
  answer = (_seen, _request, response) => void response.end('\uFEFF{"error":"slow down"}')
  expect(await call('told/a')).toEqual({ outcome: 'wait', waitMs: 60_000, reason: 'HTTP 200' })
})

it('when an answer says that nothing is left, nothing more is sent until the reset', async () => {
  answer = (_seen, _request, response) => {
    sendJson(response, 200, { id: 7 }, { 'x-left': '0', 'x-reset': '60000' })
  }
  expect(await call('told/a')).toEqual(done)
  expect(await call('told/a')).toMatchObject({ outcome: 'wait', reason: 'its rate limit' })
  expect(upstream.seen).toHaveLength(1)
})

async function fetchTwice(heartbeats: unknown[] = []): Promise<number[]> {
  const lease = await bench.lease('plain/a')
  const client = {
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    withDeadline: (_atMs: number, work: () => unknown) => work(),
    workflow: {
      getHandle: () => ({ query: () => Promise.resolve({ outcome: 'granted', lease }) }),
    },
  }
  const environment = new MockActivityEnvironment(
    { heartbeatDetails: 'place' },
    {
      interceptors: [createAuthorizedFetchInterceptor(bench.createKeeper())],
      client: client as unknown as Client,
    },
  )
  environment.on('heartbeat', (details) => heartbeats.push(details))
  return await environment.run(async () => {
    const fetch = authorizedFetch('plain', 'a')
    return [(await fetch('/one')).status, (await fetch('/one')).status]
  })
}

it('authorizedFetch gives a 429 to its caller, waits for a short block with heartbeats, and goes on', async () => {
  limitOnce('1')
  const heartbeats: unknown[] = []
  expect(await fetchTwice(heartbeats)).toEqual([429, 200])
  expect(heartbeats).toContain('place')
})

it('authorizedFetch fails as RateLimited for a long one, to be tried again when it is over', async () => {
  limitOnce('90')
  const failure = (await fetchTwice().catch((error: unknown) => error)) as ApplicationFailure
  expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: false })
  expect(Number(failure.nextRetryDelay)).toBeGreaterThan(80_000)
  expect(upstream.seen).toHaveLength(1)
})
