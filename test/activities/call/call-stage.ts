import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import * as z from 'zod'
import { apiKey, defineConnector, get, post, put } from '../../../src/connectors/index.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  type Seen,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

export type Answer = Parameters<typeof startUpstream>[0]
export const ok: Answer = (_seen, _request, response) => {
  sendJson(response, 200, { id: 7 })
}

/** An upstream that answers as a test says, one elsewhere, and the connectors that lead to them. */
export class CallStage {
  answer: Answer = ok
  rounds = 0

  private constructor(
    readonly upstream: Upstream,
    readonly elsewhere: Upstream,
    readonly bench: ActivityBench,
  ) {}

  static async start(): Promise<CallStage> {
    const running: { stage?: CallStage } = {}
    const upstream = await startUpstream((...all) => {
      const { stage } = running
      if (stage === undefined) return ok(...all)
      stage.rounds += 1
      return stage.answer(...all)
    })
    const elsewhere = await startUpstream(ok)
    const bench = await createActivityBench(connectorsOf(upstream.origin, await closedPort()))
    running.stage = new CallStage(upstream, elsewhere, bench)
    return running.stage
  }

  reset(): void {
    this.answer = ok
    this.rounds = 0
    this.upstream.seen.length = 0
    this.elsewhere.seen.length = 0
    this.bench.restart()
  }

  async stop(): Promise<void> {
    await this.upstream.stop()
    await this.elsewhere.stop()
  }

  lastSeen(): Seen {
    const last = this.upstream.seen.at(-1)
    if (last === undefined) throw new Error('nothing was sent')
    return last
  }

  async input(endpoint: string, values: Record<string, unknown> = {}, connector = 'erp') {
    const connection = `${connector}/default`
    const lease = await this.bench.lease(connection)
    return { connection, endpoint, lease, input: values, idempotencyKey: 'key-1' }
  }

  async failing(endpoint: string, values?: Record<string, unknown>, connector?: string) {
    const failure = await failureOf(this.bench.call(await this.input(endpoint, values, connector)))
    expect(failure.text).not.toContain(CANARY)
    return failure
  }
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  return port
}

function connectorsOf(origin: string, nobodyAt: number) {
  const endpoints = {
    'orders.get': get('/orders/{id}', { query: z.object({ fields: z.string().optional() }) }),
    'orders.typed': get('/orders/{id}', { response: z.object({ id: z.coerce.string() }) }),
    'orders.small': get('/orders/small', { maxBytes: 1000 }),
    'orders.slow': get('/orders/slow', { timeoutMs: 100 }),
    'orders.create': post('/orders', { body: z.object({ total: z.number() }), timeoutMs: 200 }),
    'orders.createOnce': post('/orders', { idempotency: { header: 'Idempotency-Key' } }),
    'orders.replace': put('/orders/{id}'),
  }
  const baseUrl = `${origin}/v1`
  return [
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
      baseUrl: `http://127.0.0.1:${String(nobodyAt)}`,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints,
    }),
  ]
}
