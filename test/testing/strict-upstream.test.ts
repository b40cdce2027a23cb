import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStrictUpstream, linkedPages, type StrictUpstream } from '../../src/testing/index.js'

let upstream: StrictUpstream

beforeAll(async () => {
  upstream = await createStrictUpstream({
    credentials: ['one'],
    routes: {
      'GET /orders': linkedPages([1, 2, 3, 4, 5], 2),
      'POST /echo': ({ body }) => ({ status: 201, body }),
      'GET /broken': () => {
        throw new Error('canary')
      },
    },
  })
})
afterAll(() => upstream.stop())

const ask = (path: string, token?: string, init: RequestInit = {}) =>
  fetch(new URL(path, upstream.origin), {
    ...init,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

it('lets nothing pass without a living credential', async () => {
  expect((await ask('/orders')).status).toBe(401)
  expect((await ask('/orders', 'two')).status).toBe(401)
  expect((await ask('/nowhere', 'two')).status).toBe(401)
  expect(upstream.counters).toMatchObject({ requests: 3, rejections: 3 })
  upstream.accept('two')
  expect((await ask('/orders', 'two')).status).toBe(200)
  upstream.revoke('two')
  expect((await ask('/orders', 'two')).status).toBe(401)
  expect(upstream.counters.acceptedWith.get('two')).toBe(1)
})

it('answers pages by Link', async () => {
  const seen: unknown[] = []
  let next: string | undefined = '/orders'
  while (next !== undefined) {
    const response = await ask(next, 'one')
    seen.push(...((await response.json()) as unknown[]))
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  }
  expect(seen).toEqual([1, 2, 3, 4, 5])
})

it('hands over bodies, and tells nothing of what is not declared or breaks', async () => {
  const echo = await ask('/echo', 'one', { method: 'POST', body: '{"a":1}' })
  expect(echo.status).toBe(201)
  expect(await echo.json()).toEqual({ a: 1 })
  expect((await ask('/nowhere', 'one')).status).toBe(404)
  const broken = await ask('/broken', 'one')
  expect(broken.status).toBe(500)
  expect(await broken.text()).toBe('')
})
