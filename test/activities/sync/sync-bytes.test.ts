import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gzipSync } from 'node:zlib'
import { CANARY, heartbeatClient } from '../activity-bench.js'
import { type Answer, pageOf, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

const TWO = ['7615917337495251231', '7615917337495251232'] as const

/** One page whose records are texts of JSON. */
function serve(records: readonly string[], headers: Record<string, string> = {}): Answer {
  return (_seen, _request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(`{"orders":[${records.join(',')}]}`)
  }
}

const bodies = (): string[] => stage.erp.seen.map(({ body }) => body)

describe('records that nothing changes', () => {
  const record = '{"id":1,"n":1.50,"t":"\\u00e9\\/ ]}"}'
  const sent =
    (page: string): Answer =>
    (_seen, _request, response) => {
      response.writeHead(200).end(page)
    }

  test('go on as the source has written them', async () => {
    stage.readAnswer = sent(`{"count":1,"orders": [${record}],"next":null}`)
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    expect(bodies()).toEqual([`{"orders":[${record}]}`])
  })

  test.each([
    ['a second list is behind theirs', `{"orders":[${record}],"links":["]"]}`, record],
    [
      'an id looks like a number',
      `{"orders":[{"id":"3e123-12345678901234567890","n":1.50}]}`,
      '{"id":"3e123-12345678901234567890","n":1.50}',
    ],
  ])('also where %s', async (_where, page, written) => {
    stage.readAnswer = sent(page)
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    expect(bodies()).toEqual([`{"orders":[${written}]}`])
  })

  test('are the same bytes under one key when they are sent again', async () => {
    stage.readAnswer = sent(`{"orders": [${record}]}`)
    let answers = 0
    stage.writeAnswer = (_seen, _request, response) => {
      answers += 1
      response.writeHead(answers === 1 ? 503 : 200, { 'retry-after': '0' }).end('{}')
    }
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    const keys = new Set(stage.erp.seen.map(({ headers }) => headers['idempotency-key']))
    expect(bodies()).toEqual([`{"orders":[${record}]}`, `{"orders":[${record}]}`])
    expect([...keys]).toEqual([expect.any(String)])
  })

  test.each([
    ['they stand in many lines', `{"orders":[\n${record}\n]}`],
    ['a key of another name ends as theirs', `{"a\\"orders":[],"orders":[${record}]}`],
    ['they come twice', `{"orders":[{"id":2}],"orders":[${record}]}`],
  ])('are written anew where %s', async (_where, page) => {
    stage.readAnswer = sent(page)
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    expect(bodies()).toEqual(['{"orders":[{"id":1,"n":1.5,"t":"é/ ]}"}]}'])
  })
})

describe('numbers with more digits than JavaScript holds', () => {
  const records = [`{"id":${TWO[0]},"rate":0.1234567890123456789}`, `{"id":${TWO[1]},"rate":1e400}`]

  test('in batches, whose idempotency keys tell them apart', async () => {
    stage.readAnswer = serve(records)
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    expect(bodies()).toEqual([`{"orders":[${records.join(',')}]}`])
    const [both] = stage.erp.seen.map(({ headers }) => headers['idempotency-key'])
    stage.readAnswer = serve([records[0] ?? '', `{"id":7615917337495251233}`])
    await stage.bench.sync(await stage.slice())
    expect(stage.erp.seen[1]?.headers['idempotency-key']).not.toBe(both)
  })

  test('in single writes, each to its own path', async () => {
    stage.readAnswer = serve(records)
    await stage.bench.sync(await stage.slice({ to: 'orders.put' }))
    expect(bodies()).toEqual(records)
    expect(stage.erp.seen.map(({ path }) => path)).toEqual(TWO.map((id) => `/orders/${id}`))
  })

  test('through a function that changes records, and to one that writes them', async () => {
    stage.readAnswer = serve(records)
    stage.transform = (record) => ({ ...(record as object), seen: true })
    await stage.bench.sync(await stage.slice({}, { transform: 'toErpOrder' }))
    const changed = records.map((one) => one.replace(/\}$/, ',"seen":true}'))
    expect(bodies()).toEqual([`{"orders":[${changed.join(',')}]}`])
    const ids: string[] = []
    stage.sink = (given) => {
      for (const { id } of given as readonly { readonly id: bigint }[]) ids.push(String(id))
    }
    await stage.bench.sync(await stage.toFunction())
    expect(ids).toEqual([...TWO])
  })

  test('in a look-up: what is there is found by all digits', async () => {
    stage.readAnswer = serve(records)
    stage.writeAnswer = ({ method, path }, _request, response) => {
      const isThere = method !== 'GET' || path.endsWith(TWO[0])
      response.writeHead(isThere ? 200 : 404).end(`{"id":${TWO[0]}}`)
    }
    const input = await stage.slice({ to: 'orders.lookedOne' })
    const result = await stage.bench.sync(input, { client: heartbeatClient([]) })
    expect(result).toMatchObject({ outcome: 'done' })
    expect(stage.erp.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /orders/${TWO[0]}`,
      `GET /orders/${TWO[1]}`,
      'POST /orders',
    ])
    expect(bodies().at(-1)).toContain(TWO[1])
  })

  test('in the name of a record that is set aside', async () => {
    stage.readAnswer = serve(records)
    const result = await stage.bench.sync(
      await stage.slice({ from: 'orders.checked' }, { onBadRecord: 'set-aside' }),
    )
    expect(JSON.stringify(result)).toContain(TWO[0])
    expect(JSON.stringify(result)).toContain(TWO[1])
  })

  test('in a watermark', async () => {
    stage.readAnswer = serve([...records].reverse())
    const result = await stage.bench.sync(await stage.slice({}, { watermarkField: 'id' }))
    expect(result).toMatchObject({ outcome: 'done', checkpoint: { watermark: TWO[1] } })
  })

  test('random ones, from the text of the source to the text of the sink', async () => {
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.stringMatching(/^[1-9]\d{0,30}$/),
        fc.option(fc.stringMatching(/^\d{0,30}[1-9]$/), { nil: '' }),
      )
      .map(([sign, whole, part]) => `${sign}${whole}${part === '' ? '' : `.${part}`}`)
      // What a double holds may be written another way (1e21).
      .filter((text) => !/^-?\d{16,}0*$/.test(text) || !/0$/.test(text))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, fc.string({ maxLength: 20 })), { minLength: 1, maxLength: 4 }),
        async (given) => {
          stage.reset()
          const texts = given.map(
            ([one, text], at) => `{"id":${String(at + 1)},"n":${one},"t":${JSON.stringify(text)}}`,
          )
          stage.readAnswer = serve(texts)
          await stage.bench.sync(await stage.slice({ to: 'orders.many' }))
          expect(bodies()).toEqual([`{"orders":[${texts.join(',')}]}`])
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('bytes of a page', () => {
  const second =
    (bytes: Buffer, type: string, more: Record<string, string | string[]> = {}): Answer =>
    (...all) => {
      if (pageOf(all[0].path) < 2) return stage.servePage(...all)
      all[2].writeHead(200, { 'content-type': type, ...more })
      all[2].end(bytes)
    }
  const page = '{"orders":[{"id":5,"name":"Müller"}]}'
  const json = 'application/json'

  test.each<[string, Buffer, string, Record<string, string | string[]>?]>([
    ['Latin-1 as declared', Buffer.from(page, 'latin1'), `${json}; charset=ISO-8859-1`],
    ['UTF-8 that is called Latin-1', Buffer.from(page), `${json}; charset=ISO-8859-1`],
    ['a byte order mark', Buffer.from(`\uFEFF${page}`), json],
    ['UTF-16', Buffer.from(`\uFEFF${page}`, 'utf16le'), json],
    ['gzip told twice', gzipSync(page), json, { 'content-encoding': ['gzip', 'gzip'] }],
    ['gzip that nobody tells of', gzipSync(page), json],
    ['an encoding that is none', Buffer.from(page), json, { 'content-encoding': 'UTF-8' }],
  ])('%s is read as meant', async (_what, bytes, type, more) => {
    stage.readAnswer = second(bytes, type, more)
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    expect(bodies().at(-1)).toBe('{"orders":[{"id":5,"name":"Müller"}]}')
  })

  test.each<[string, Buffer, string, RegExp]>([
    ['a lone byte', Buffer.from(page, 'latin1'), json, /bytes are not UTF-8/],
    ['the same, declared', Buffer.from(page, 'latin1'), `${json}; charset=utf-8`, /not UTF-8/],
    [
      'a charset that nobody knows',
      Buffer.from(page, 'latin1'),
      `${json}; charset=x`,
      /charset that is not known/,
    ],
    ['deep nesting', Buffer.from(`${'['.repeat(50_000)}${']'.repeat(50_000)}`), json, /1,000 deep/],
    ['a cut text', Buffer.from(page.slice(0, -3)), json, /as JSON/],
  ])('%s: which page, why, and nothing of it is written', async (_what, bytes, type, why) => {
    stage.readAnswer = second(bytes, type)
    const failure = await stage.failing(await stage.slice())
    expect(failure).toMatchObject({
      type: 'AnswerUnreadable',
      nonRetryable: true,
      details: { page: 2 },
    })
    expect(failure.message).toMatch(/^shop\/default orders\.list \(page 2\) answers/)
    expect(failure.message).toMatch(why)
    expect(bodies().join()).not.toMatch(/\uFFFD|Müller/)
  })

  test('a next link whose host nobody could look up is refused, in a short text', async () => {
    const key = CANARY.slice(0, 20)
    for (const host of ['a.'.repeat(200) + 'com', 'x'.repeat(3_000_000), `${key}.example.com`]) {
      stage.readAnswer = (_seen, _request, response) => {
        response.setHeader('content-type', json)
        response.end(JSON.stringify({ orders: [], next: `https://${host}/v1/orders` }))
      }
      const failure = await stage.failing(await stage.slice({ from: 'orders.nextUrl' }))
      expect(['ForeignOrigin', 'AnswerInvalid', 'AddressRefused']).toContain(failure.type)
      expect(failure.text.length).toBeLessThan(5000)
      expect(failure.text).not.toContain(key)
    }
  })
})
