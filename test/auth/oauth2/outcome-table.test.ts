import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refreshTokenKind } from '../../../src/auth/refresh-token.js'
import {
  createExchangeOnce,
  type ExchangeOptions,
} from '../../../activities/network/exchange-once.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { refreshToken, type RefreshTokenAuth } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'
import { loopbackAnswer, type RawAnswer, startRawServer } from './raw-server.js'

const REFRESH = 'canary-refresh-outcome'
const SECRET = 'canary-client-outcome'

/** One refresh against a server that does as it is told, for every row of the outcome table. */
async function refresh(url: string, options: Partial<ExchangeOptions> = {}) {
  const auth: RefreshTokenAuth = refreshToken({ tokenUrl: url, clientId: 'app' })
  const outcome = await refreshTokenKind.mint({
    auth,
    account: 'acme',
    fields: { refreshToken: new Secret(REFRESH), clientSecret: new Secret(SECRET) },
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    exchangeOnce: createExchangeOnce({ network: LOOPBACK, totalTimeoutMs: 20_000, ...options }),
    variables: { account: 'acme' },
    rules: {},
    randomBytes,
    now: Date.now,
  })
  expect(JSON.stringify(outcome)).not.toMatch(/canary|evil/)
  return outcome
}

describe('the outcome table, against a server that misbehaves so', () => {
  let server: Awaited<ReturnType<typeof startRawServer>>
  beforeAll(async () => {
    server = await startRawServer()
  })
  afterAll(() => server.stop())

  const big = JSON.stringify({ access_token: 'x'.repeat(2 * 1024 * 1024), token_type: 'bearer' })
  const body = '{"access_token":"canary-a","token_type":"bearer"}'
  const part = body.slice(0, -1)
  const date = (): string => new Date(Date.now() + 90_000).toUTCString()
  const rows: readonly (readonly [string, () => RawAnswer, string, string])[] = [
    ['reset before the answer', () => ({ reset: '' }), 'ambiguous', 'ECONNRESET'],
    ['closed without an answer', () => ({ close: '' }), 'ambiguous', 'UND_ERR_SOCKET'],
    ['reset after a part', () => ({ reset: head(200, '', 500) + part }), 'ambiguous', ''],
    ['truncated', () => ({ close: head(200, '', 500) + part }), 'ambiguous', 'UND_ERR_SOCKET'],
    ['no HTTP', () => ({ close: 'SSH-2.0-canary\r\n\r\n' }), 'ambiguous', 'NETWORK'],
    ['slow', () => ({ hang: '' }), 'ambiguous', 'TIMEOUT'],
    ['slow body', () => ({ hang: head(200, '', 500) + part }), 'ambiguous', 'TIMEOUT'],
    ['HTML at 200', () => answer(200, '<!doctype html>hello', HTML), 'ambiguous', 'html_answer'],
    ['not JSON at 200', () => answer(200, '{"access_to'), 'ambiguous', 'unreadable_answer'],
    ['over 1 MiB', () => answer(200, big), 'ambiguous', 'TOO_LARGE'],
    ['over 1 MiB, compressed', () => gzipped(big), 'ambiguous', 'TOO_LARGE'],
    ['HTML at 403', () => answer(403, '<html>canary</html>', HTML), 'firewall', 'http_403'],
    ['bare 403', () => answer(403, ''), 'firewall', 'http_403'],
    ['429 with seconds', () => answer(429, '{}', 'Retry-After: 120\r\n'), 'throttled', 'http_429'],
    ['429 with a date', () => answer(429, '{}', `Retry-After: ${date()}\r\n`), 'throttled', ''],
    ['429 without', () => answer(429, '{}'), 'throttled', 'http_429'],
    ['503 with Retry-After', () => answer(503, '', 'Retry-After: 7\r\n'), 'throttled', 'http_503'],
    ['503 without', () => answer(503, ''), 'server_error', 'http_503'],
    ['503 with an odd one', () => answer(503, '', 'Retry-After: soon\r\n'), 'server_error', ''],
    ['502 HTML', () => answer(502, '<html></html>', HTML), 'server_error', 'http_502'],
    ['500', () => answer(500, '{"error":"invalid_grant"}'), 'server_error', 'invalid_grant'],
    ['server_error', () => answer(400, '{"error":"server_error"}'), 'server_error', 'server_error'],
    ['invalid_grant', () => answer(400, '{"error":"invalid_grant"}'), 'invalid_grant', ''],
    ['invalid_client at 400', () => answer(400, '{"error":"invalid_client"}'), 'misconfigured', ''],
    [
      'invalid_client at 401',
      () => answer(401, '', 'WWW-Authenticate: Basic realm="as", error="invalid_client"\r\n'),
      'misconfigured',
      'invalid_client',
    ],
    [
      'unauthorized_client',
      () => answer(400, '{"error":"unauthorized_client"}'),
      'misconfigured',
      '',
    ],
    ['invalid_scope', () => answer(400, '{"error":"invalid_scope"}'), 'misconfigured', ''],
    ['404', () => answer(404, '<html></html>', HTML), 'misconfigured', 'http_404'],
    ...[301, 302, 303, 307, 308].map(
      (status) =>
        [
          `redirect ${String(status)}`,
          () => answer(status, '', `Location: ${server.url}/evil?token=canary\r\n`),
          'misconfigured',
          `http_${String(status)}`,
        ] as const,
    ),
    // undici's fetch would send it a second time.
    ['421', () => answer(421, ''), 'misconfigured', 'http_421'],
  ]
  test.each([...rows])(
    '%s',
    async (...[, misbehave, failureClass, code]) => {
      const before = server.requests()
      server.answer(misbehave())
      const outcome = await refresh(server.url, {
        totalTimeoutMs: code === 'TIMEOUT' ? 1500 : 20_000,
      })
      expect(outcome).toMatchObject({ outcome: 'refused', class: failureClass })
      if (code !== '') expect(outcome).toMatchObject({ code })
      expect(server.requests() - before).toBe(1)
    },
    30_000,
  )

  test('the wait that was asked for is told', async () => {
    server.answer(answer(429, '{}', 'Retry-After: 120\r\n'))
    expect(await refresh(server.url)).toMatchObject({ retryAfterMs: 120_000 })
    server.answer(answer(429, '{}', `Retry-After: ${date()}\r\n`))
    const outcome = await refresh(server.url)
    expect(outcome.outcome === 'refused' && outcome.retryAfterMs).toBeGreaterThan(85_000)
    expect(outcome.outcome === 'refused' && outcome.retryAfterMs).toBeLessThanOrEqual(90_000)
  })

  test('a compressed answer that nobody asked for is read', async () => {
    server.answer(gzipped(body))
    expect(await refresh(server.url)).toMatchObject({ outcome: 'granted' })
  })

  test.each([
    ['closed', { close: head(200, '', 500) + body }],
    ['reset', { reset: head(200, '', 500) + body }],
  ] satisfies [string, RawAnswer][])('JSON that has its end is read: then %s', async (_, then) => {
    server.answer(then)
    expect(await refresh(server.url)).toMatchObject({ outcome: 'granted' })
  })

  test('what is sent: one form post, the client by Basic, nothing in the URL', async () => {
    server.answer(answer(200, body))
    await refresh(server.url)
    const sent = server.lastRequest()
    expect(sent).toMatch(/^POST \/token HTTP\/1\.1\r\n/)
    expect(sent).toContain(
      `authorization: Basic ${Buffer.from(`app:${SECRET}`).toString('base64')}`,
    )
    expect(sent).toContain(`refresh_token=${REFRESH}`)
    expect(sent).toContain('grant_type=refresh_token')
    expect(sent).not.toContain('scope=')
  })

  function head(status: number, headers: string, length: number): string {
    return loopbackAnswer(status, headers, length)
  }
})

describe('nothing was sent', () => {
  test('refused', async () => {
    const port = await freePort()
    const outcome = await refresh(`http://127.0.0.1:${String(port)}/token`)
    expect(outcome).toMatchObject({ outcome: 'refused', class: 'not_sent', code: 'ECONNREFUSED' })
  })

  test('unknown host', async () => {
    const outcome = await refresh('https://no-such-host.invalid/token')
    expect(outcome).toMatchObject({ outcome: 'refused', class: 'not_sent' })
    expect(outcome.outcome === 'refused' && outcome.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/)
  })

  test('no TLS: a connection reset in the handshake has sent nothing either', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    const port = await listen(server)
    const outcome = await refresh(`https://127.0.0.1:${String(port)}/token`)
    expect(outcome).toMatchObject({ outcome: 'refused', class: 'not_sent', code: 'ECONNRESET' })
    await close(server)
  })

  test('connect timeout in the handshake', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
    const port = await listen(server)
    const outcome = await refresh(`https://127.0.0.1:${String(port)}/token`, {
      connectTimeoutMs: 200,
    })
    expect(outcome).toMatchObject({
      outcome: 'refused',
      class: 'not_sent',
      code: 'UND_ERR_CONNECT_TIMEOUT',
    })
    for (const socket of sockets) socket.destroy()
    await close(server)
  })
})

const HTML = 'Content-Type: text/html\r\n'

function answer(status: number, body: string, headers = ''): RawAnswer {
  return { close: loopbackAnswer(status, headers, Buffer.byteLength(body)) + body }
}

function gzipped(body: string): RawAnswer {
  const bytes = gzipSync(body)
  const head = loopbackAnswer(200, 'Content-Encoding: gzip\r\n', bytes.length)
  return { close: Buffer.concat([Buffer.from(head), bytes]) }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await close(server)
  return port
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}
