import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { defineConnector, apiKey, get, put } from '../../../src/connectors/index.js'
import { createActivityBench, startUpstream } from '../activity-bench.js'
import { CallStage } from './call-stage.js'

let stage: CallStage
beforeAll(async () => {
  stage = await CallStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

function answer(body: string | Buffer, headers: Record<string, string | string[]> = {}): void {
  stage.answer = (_seen, _request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }
}

const called = async () => await stage.bench.call(await stage.input('orders.get', { id: 1 }))

describe('the bytes of an answer', () => {
  test('numbers with more digits than JavaScript holds come as their digits', async () => {
    answer('[{"id":7615917337495251231},{"rate":0.1234567890123456789},{"n":1e400},{"n":1.5}]')
    expect(await called()).toEqual({
      outcome: 'done',
      result: [
        { id: '7615917337495251231' },
        { rate: '0.1234567890123456789' },
        { n: '1e400' },
        { n: 1.5 },
      ],
    })
  })

  test('a content encoding that came twice ends nothing, time and again', async () => {
    const unheard: unknown[] = []
    const hear = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', hear)
    try {
      answer(gzipSync('{"id":8}'), { 'content-encoding': ['gzip', 'gzip'] })
      for (let time = 0; time < 3; time += 1)
        expect(await called()).toMatchObject({ result: { id: 8 } })
      answer(Buffer.from([1, 2, 3]), { 'content-encoding': ['gzip', 'zstd'] })
      expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
        type: 'AnswerUnreadable',
      })
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('unhandledRejection', hear)
    }
    expect(unheard).toEqual([])
  })

  test.each<[string, Buffer, Record<string, string | string[]>]>([
    ['raw deflate', deflateRawSync('{"id":8}'), { 'content-encoding': 'deflate' }],
    ['gzip that nobody tells of', gzipSync('{"id":8}'), {}],
    ['an empty encoding', Buffer.from('{"id":8}'), { 'content-encoding': '' }],
    ['the encoding none', Buffer.from('{"id":8}'), { 'content-encoding': 'none' }],
    ['a byte order mark', Buffer.from('\uFEFF{"id":8}'), {}],
  ])('%s is read', async (_what, body, headers) => {
    answer(body, headers)
    expect(await called()).toMatchObject({ result: { id: 8 } })
  })

  test('a wait that came twice is the longer one', async () => {
    stage.answer = (_seen, _request, response) => {
      response.setHeader('retry-after', ['60', '90'])
      response.writeHead(429).end('{}')
    }
    expect(await called()).toMatchObject({ outcome: 'wait', waitMs: 90_000 })
  })

  test('nested 50,000 deep it is unreadable at once', async () => {
    answer(`${'[['.repeat(25_000)}${']]'.repeat(25_000)}`)
    expect(await stage.failing('orders.get', { id: 1 })).toMatchObject({
      type: 'AnswerUnreadable',
      nonRetryable: true,
      message: expect.stringContaining('nested more than 1,000 deep') as unknown,
    })
  })
})

describe('what is sent', () => {
  test('media types of the endpoint, spaces as %20, and no input at all', async () => {
    const upstream = await startUpstream((_seen, _request, response) => void response.end('{}'))
    try {
      const type = 'application/vnd.api+json'
      const bench = await createActivityBench([
        defineConnector({
          id: 'api',
          baseUrl: upstream.origin,
          auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
          endpoints: {
            'me.get': get('/me', { accept: type }),
            'orders.put': put('/orders', { contentType: type, accept: type }),
          },
        }),
      ])
      const lease = await bench.lease('api/default')
      const base = { connection: 'api/default', lease, idempotencyKey: 'k' }
      const filter = { $filter: "name eq 'a b' and c eq 'x+y'" }
      await bench.call({ ...base, endpoint: 'me.get', input: filter })
      await bench.call({ ...base, endpoint: 'me.get' } as Parameters<typeof bench.call>[0])
      await bench.call({ ...base, endpoint: 'orders.put', input: { body: { id: 1 } } })
      const [first, second, third] = upstream.seen
      expect(first?.path).not.toContain('+')
      expect(first?.path).toContain('a%20b')
      expect(new URL(first?.path ?? '', 'http://x').searchParams.get('$filter')).toBe(
        filter.$filter,
      )
      expect(second).toMatchObject({ path: '/me', headers: { accept: type } })
      expect(third).toMatchObject({
        headers: { accept: type, 'content-type': type },
        body: '{"id":1}',
      })
    } finally {
      await upstream.stop()
    }
  })
})
