import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY } from '../activity-bench.js'
import { allIds, type Answer, type Ends, pageOf, PAGES, start, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

describe('upstreams that ask for time or break', () => {
  test('a long wait comes back with the place; a short one is sat out', async () => {
    let waits = 0
    stage.readAnswer = (...all) => {
      if (pageOf(all[0].path) !== 2 || waits > 0) return stage.servePage(...all)
      waits += 1
      sendJson(all[2], 429, {}, { 'retry-after': '0' })
    }
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
    stage.readAnswer = (...all) => {
      if (pageOf(all[0].path) < 2) return stage.servePage(...all)
      sendJson(all[2], 429, {}, { 'retry-after': '90' })
    }
    expect(await stage.bench.sync(await stage.slice())).toEqual({
      outcome: 'wait',
      connection: 'shop/default',
      waitMs: 90_000,
      reason: 'HTTP 429',
      checkpoint: {
        cursor: '/v1/orders?page=2',
        counters: { pages: 1, read: 4, written: 4 },
        definition: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
        cycleGuard: expect.stringMatching(/^[\w.-]{16,40}$/) as unknown,
      },
    })
  })

  test('a page that can’t be read ahead does not lose the one that is written', async () => {
    stage.readAnswer = (...all) => {
      if (pageOf(all[0].path) < 3) return stage.servePage(...all)
      sendJson(all[2], 500, {})
    }
    const failure = await stage.troubled(await stage.slice())
    expect(failure).toMatchObject({
      type: 'UpstreamUnavailable',
      reason: 'HTTP 500',
      checkpoint: { cursor: '/v1/orders?page=3', counters: { pages: 2, written: 8 } },
    })
    expect(stage.writtenIds()).toEqual(allIds.slice(0, 8))
  })

  test.each<[string, string, Answer, Ends]>([
    [
      'a page that is not JSON',
      'AnswerUnreadable',
      (_seen, _request, response) => void response.end(`<p>${CANARY}</p>`),
      {},
    ],
    [
      'a missing items path',
      'ItemsMissing',
      (...all) => stage.servePage(...all),
      { from: 'orders.lost' },
    ],
    [
      'an answer over the limit',
      'AnswerTooLarge',
      (...all) => stage.servePage(...all),
      { from: 'orders.small' },
    ],
    [
      'a next link to another origin',
      'ForeignOrigin',
      (_seen, _request, response) => {
        sendJson(response, 200, { orders: [] }, { link: `<${stage.erp.origin}/?page=2>; rel=next` })
      },
      {},
    ],
    [
      'a link header that is none',
      'AnswerInvalid',
      (_seen, _request, response) => {
        sendJson(response, 200, { orders: [] }, { link: `no link ${CANARY}` })
      },
      {},
    ],
    [
      'a page that names itself as the next',
      'AnswerInvalid',
      (_seen, _request, response) => {
        sendJson(response, 200, { orders: [{ id: 1 }] }, { link: '</v1/orders>; rel=next' })
      },
      {},
    ],
    [
      'pages in a circle',
      'AnswerInvalid',
      ({ path }, _request, response) => {
        const link = `</v1/orders?page=${pageOf(path) === 2 ? '3' : '2'}>; rel=next`
        sendJson(response, 200, { orders: [] }, { link })
      },
      {},
    ],
  ])('%s is %s', async (_name, type, answer, ends) => {
    stage.readAnswer = answer
    expect(await stage.failing(await stage.slice(ends))).toMatchObject({ type, nonRetryable: true })
    stage.readAnswer = stage.servePage
    expect(await stage.bench.sync(await stage.slice())).toMatchObject({ outcome: 'done' })
  })

  test('a next link is read as it would be dialled, and leads to its own origin only', async () => {
    const { host, port } = new URL(stage.erp.origin)
    const own = new URL(stage.shop.origin)
    for (const target of [
      `//${host}/v1/orders`,
      `\\\\${host}/v1/orders`,
      `/\\${host}/v1/orders`,
      `/\t/${host}/v1/orders`,
      `HTTP://${host}/v1/orders`,
      `http://${own.host}@${host}/v1/orders`,
      `http://localhost:${own.port}/v1/orders`,
      `http://127.0.0.1:${port}/`,
      `https://${own.host}/v1/orders`,
      'https://xn--exmple-cua.example/',
      'http://169.254.169.254/latest/meta-data',
      'file:///etc/passwd',
      `blob:${own.origin}/v1/orders`,
    ]) {
      stage.reset()
      stage.readAnswer = (_seen, _request, response) => {
        sendJson(response, 200, { orders: [] }, { link: `<${target}>; rel=next` })
      }
      const failure = await stage.failing(await stage.slice())
      expect(failure, target).toMatchObject({ type: 'ForeignOrigin' })
      expect(stage.erp.seen, target).toEqual([])
      expect(stage.shop.seen, target).toHaveLength(1)
    }
    for (const [target, path] of [
      [`http://user:${CANARY}@${own.host}/v1/orders?page=6`, '/v1/orders?page=6'],
      [`HTTP://2130706433:${own.port}/v1/orders?page=6`, '/v1/orders?page=6'],
      ['\\v1\\orders?page=6', '/v1/orders?page=6'],
      [`?page=6&other=${CANARY}`, '/v1/orders?page=6'],
    ] as const) {
      stage.reset()
      stage.readAnswer = (...all) => {
        if (pageOf(all[0].path) === PAGES) return stage.servePage(...all)
        sendJson(all[2], 200, { orders: [] }, { link: `<${target}>; rel=next` })
      }
      expect(await stage.bench.sync(await stage.slice()), target).toMatchObject({ outcome: 'done' })
      expect(stage.shop.seen.at(-1)?.path, target).toBe(`${path}&key=${CANARY}`)
      expect(stage.shop.seen.at(-1)?.headers.authorization).toBeUndefined()
    }
  })

  test('a cursor that leads elsewhere is refused', async () => {
    const leads = (cursor: string) => stage.slice({}, { checkpoint: { ...start, cursor } })
    expect(await stage.failing(await leads(`${stage.erp.origin}/`))).toMatchObject({
      type: 'ForeignOrigin',
    })
    for (const cursor of ['no page', '//evil.example/?page=6', '/v1/others?page=6'])
      expect(await stage.failing(await leads(cursor))).toMatchObject({ type: 'InvalidInput' })
    expect([...stage.shop.seen, ...stage.erp.seen]).toEqual([])
    await stage.bench.sync(await leads('/v1/orders?page=6'))
    expect(stage.shop.seen.at(-1)?.path).toBe(`/v1/orders?page=6&key=${CANARY}`)
  })
})
