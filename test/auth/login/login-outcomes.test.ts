import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginFlow, type LoginFlowAuth } from '../../../src/connectors/index.js'
import { loopbackAnswer, type RawAnswer, startRawServer } from '../oauth2/raw-server.js'
import { loginContext, mintLogin, toFields } from './mint-login.js'

const PASSWORD = 'canary-password-outcome'
const HTML = 'Content-Type: text/html\r\n'
const page = '<!doctype html><p>canary page</p>'

function answer(status: number, body: string, headers = ''): RawAnswer {
  return { close: loopbackAnswer(status, headers, Buffer.byteLength(body)) + body }
}

type Row = readonly [name: string, answer: RawAnswer, failureClass: string, code: string]

describe('the outcome table of a login, against a server that answers so', () => {
  let server: Awaited<ReturnType<typeof startRawServer>>
  beforeAll(async () => {
    server = await startRawServer()
  })
  afterAll(() => server.stop())

  const flow = (carries: boolean, more: Partial<LoginFlowAuth['steps'][0]> = {}): LoginFlowAuth =>
    loginFlow({
      credential: carries ? ['password'] : [],
      steps: [
        {
          name: 'first',
          method: 'POST',
          url: server.url,
          body: { json: carries ? { password: '{password}' } : {} },
          take: { token: { json: 'token' } },
          ...more,
        },
      ],
      token: { headers: { Authorization: 'Bearer {token}' } },
    })
  const log = (auth: LoginFlowAuth, totalTimeoutMs = 20_000) =>
    mintLogin(
      loginContext(auth, toFields({ password: PASSWORD }), { exchange: { totalTimeoutMs } }),
    )

  /** With the password in the request. */
  const carrying: readonly Row[] = [
    ['401', answer(401, '{"error":"canary"}'), 'invalid_grant', 'http_401'],
    ['401 as a page', answer(401, page, HTML), 'invalid_grant', 'http_401'],
    ['403 as JSON', answer(403, '{"error":"locked"}'), 'invalid_grant', 'http_403'],
    ['bare 403', answer(403, ''), 'invalid_grant', 'http_403'],
    ['HTML at 403', answer(403, page, HTML), 'firewall', 'http_403'],
    ['407', answer(407, ''), 'firewall', 'http_407'],
    ['429', answer(429, '{}', 'Retry-After: 7\r\n'), 'throttled', 'http_429'],
    ['503 with a wait', answer(503, '', 'Retry-After: 7\r\n'), 'throttled', 'http_503'],
    ['503 without', answer(503, ''), 'server_error', 'http_503'],
    ['500', answer(500, page, HTML), 'server_error', 'http_500'],
    ['400', answer(400, '{"error":"canary"}'), 'misconfigured', 'http_400'],
    ['404', answer(404, page, HTML), 'misconfigured', 'http_404'],
    ['a redirect', answer(302, '', 'Location: /login?e=canary\r\n'), 'misconfigured', 'http_302'],
    ['a page at 200', answer(200, page, HTML), 'misconfigured', 'value_missing'],
    ['200 without the value', answer(200, '{"ok":false}'), 'misconfigured', 'value_missing'],
    ['200 with a list there', answer(200, '{"token":[1]}'), 'misconfigured', 'value_missing'],
    ['204', answer(204, ''), 'misconfigured', 'value_missing'],
    ['reset', { reset: '' }, 'ambiguous', 'ECONNRESET'],
    ['truncated', { close: loopbackAnswer(200, '', 500) + '{}' }, 'ambiguous', 'UND_ERR_SOCKET'],
    ['slow', { hang: '' }, 'ambiguous', 'TIMEOUT'],
  ]
  test.each([...carrying])('with the password: %s', async (...row) => {
    const [, misbehave, failureClass, code] = row
    const before = server.requests()
    server.answer(misbehave)
    const outcome = await log(flow(true), code === 'TIMEOUT' ? 800 : 20_000)
    expect(outcome).toMatchObject({ outcome: 'refused', class: failureClass })
    if (outcome.outcome === 'granted') return
    expect(outcome.code).toContain(code)
    expect(server.requests() - before).toBe(1)
    expect(outcome.message).toMatch(
      /^step 'first' of the login: (?:something before )?127\.0\.0\.1:/,
    )
    // Nobody knows whether it counted as a wrong password.
    expect(outcome.probe).toBe(failureClass === 'misconfigured' ? 'never' : undefined)
  })

  const bare: readonly Row[] = [
    ['401', answer(401, '{}'), 'misconfigured', 'http_401'],
    ['bare 403', answer(403, ''), 'firewall', 'http_403'],
    ['403 as JSON', answer(403, '{"error":1}'), 'misconfigured', 'http_403'],
    ['HTML at 404', answer(404, page, HTML), 'firewall', 'http_404'],
    ['a page at 200', answer(200, page, HTML), 'firewall', 'value_missing'],
    ['200 without the value', answer(200, '{}'), 'misconfigured', 'value_missing'],
  ]
  test.each([...bare])('without the password: %s', async (_name, misbehave, failureClass, code) => {
    server.answer(misbehave)
    const outcome = await log(flow(false))
    expect(outcome).toMatchObject({ outcome: 'refused', class: failureClass, code })
    expect(outcome.outcome === 'refused' && outcome.probe).toBeUndefined()
  })

  test('a failure that the definition names comes before the status', async () => {
    const failures = [
      { json: { path: 'code', equals: [7] }, means: 'throttled' as const },
      { json: { path: 'success', differs: [true] }, means: 'refused' as const },
      { status: [400], includes: 'unknown user', means: 'refused' as const },
      { html: true as const, means: 'unavailable' as const },
      { status: [500], means: 'misconfigured' as const },
    ]
    const auth = flow(true, { failures })
    const meant: readonly (readonly [RawAnswer, string, string])[] = [
      [answer(200, '{"code":7}', 'Retry-After: 9\r\n'), 'throttled', 'login_throttled'],
      [answer(200, '{"success":false,"token":"canary"}'), 'invalid_grant', 'login_refused'],
      [answer(400, 'unknown user canary'), 'invalid_grant', 'http_400'],
      [answer(400, 'something else'), 'misconfigured', 'http_400'],
      [answer(401, page, HTML), 'server_error', 'http_401'],
      [answer(500, '{}'), 'misconfigured', 'http_500'],
    ]
    for (const [given, failureClass, code] of meant) {
      server.answer(given)
      expect(await log(auth)).toMatchObject({ outcome: 'refused', class: failureClass, code })
    }
    server.answer(answer(200, '{"success":true,"token":"t-1"}'))
    expect(await log(auth)).toMatchObject({ outcome: 'granted' })
  })

  test('the page shows the messages as they are', async () => {
    const page = await readFile(
      new URL('../../../docs/auth/login-flow.md', import.meta.url),
      'utf8',
    )
    const shown: readonly (readonly [RawAnswer, object])[] = [
      [answer(401, ''), {}],
      [answer(200, '{}'), { take: { csrf: { json: 'csrfToken' } } }],
      [answer(404, ''), {}],
      [answer(403, '<html>', HTML), {}],
      [answer(502, ''), {}],
    ]
    for (const [given, more] of shown) {
      server.answer(given)
      const outcome = await log(flow(true, { name: 'login', ...more }))
      const message = outcome.outcome === 'granted' ? '' : outcome.message
      expect(page).toContain(message.replaceAll(/127\.0\.0\.1:\d+/g, 'api.tickets.example'))
    }
  })

  test('the wait that was asked for is told', async () => {
    server.answer(answer(429, '{}', 'Retry-After: 120\r\n'))
    expect(await log(flow(true))).toMatchObject({ retryAfterMs: 120_000 })
  })

  test('no step begins when the time of the activity is nearly over', async () => {
    server.answer(answer(200, '{"token":"t-1"}'))
    const { steps, ...rest } = flow(true)
    const [first] = steps
    if (first === undefined) throw new Error('no step')
    const second = { ...first, name: 'second', take: { other: { json: 'token' } } }
    const auth = loginFlow({ ...rest, steps: [first, second], answer: ['other'] })
    let nowMs = 0
    const context = loginContext(auth, toFields({ password: PASSWORD }), {
      now: () => (nowMs += 20_000),
    })
    const before = server.requests()
    expect(await mintLogin(context)).toMatchObject({
      class: 'server_error',
      code: 'login_too_slow',
    })
    expect(server.requests() - before).toBe(1)
  })
})

test('nothing listens: nothing was sent', async () => {
  const port = await new Promise<number>((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
  const auth = loginFlow({
    credential: ['password'],
    steps: [
      {
        name: 'login',
        method: 'POST',
        url: `http://127.0.0.1:${String(port)}/login`,
        body: { text: '{password}', contentType: 'text/plain' },
        take: { token: { header: 'x-token' } },
      },
    ],
    token: { query: { token: '{token}' } },
  })
  const outcome = await mintLogin(loginContext(auth, toFields({ password: PASSWORD })))
  expect(outcome).toMatchObject({ outcome: 'refused', class: 'not_sent', code: 'ECONNREFUSED' })
})
