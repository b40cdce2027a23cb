import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import {
  clientCredentials,
  defineConnector,
  loginFlow,
  refreshToken,
  secret,
  type TokenAnswerRules,
} from '../../../src/connectors/index.js'
import type { MintInput, MintResult } from '../../../src/contract/token-activities.js'
import { loopbackAnswer, type RawServer, startRawServer } from '../../auth/oauth2/raw-server.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { type LoopbackServer, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createFirstEventClient } from './first-event-client.js'
import { CONNECTION, RUN_ID, type Setup, setUpTokenActivities } from './token-activities-setup.js'

const pair = {
  access_token: 'canary-a',
  token_type: 'bearer',
  expires_in: 3600,
  refresh_token: 'canary-next',
}
const json = JSON.stringify(pair)
const firstEvent = createFirstEventClient(RUN_ID)
let server: RawServer
beforeAll(async () => {
  server = await startRawServer()
})
afterAll(() => server.stop())

const shop = (answer?: TokenAnswerRules) =>
  defineConnector({
    id: 'shop',
    baseUrl: 'https://shop.example',
    endpoints: {},
    auth: refreshToken({
      tokenUrl: server.url,
      clientId: 'app',
      clientAuthentication: 'none',
      rotation: 'rotating',
      answer,
    }),
  })
const setUp = async (answer?: TokenAnswerRules) =>
  await setUpTokenActivities([shop(answer)], {
    client: firstEvent.client,
    exchangeOnce: createExchangeOnce({ network: LOOPBACK }),
  })
const tell = (body: string | Buffer, headers = '') => {
  const bytes = Buffer.from(body)
  const head = Buffer.from(loopbackAnswer(200, headers, bytes.length))
  server.answer({ close: Buffer.concat([head, bytes]) })
}

describe('a token answer over the wire', () => {
  let it: Setup
  beforeEach(async () => {
    it = await setUp()
  })
  const mint = async (setup: Setup, more: Partial<MintInput> = {}): Promise<MintResult> =>
    await setup.run('tokenkeeper.mint', {
      connection: CONNECTION,
      grant: await setup.seal({ refreshToken: 'canary-old' }, 'grant'),
      attempt: 1,
      prior: 'clean',
      ...more,
    })

  const gz = gzipSync(json)
  test.each<[string, string | Buffer, string]>([
    ['a byte order mark', `\uFEFF${json}`, ''],
    ['UTF-16 with its mark', Buffer.from(`\uFEFF${json}`, 'utf16le'), ''],
    [
      'a charset',
      Buffer.from(json, 'utf16le'),
      'Content-Type: application/json; charset=utf-16le\r\n',
    ],
    ['a charset that nobody knows', json, 'Content-Type: application/json; charset=none\r\n'],
    ['gzip', gz, 'Content-Encoding: gzip\r\n'],
    ['gzip without its end', gz.subarray(0, -8), 'Content-Encoding: gzip\r\n'],
    [
      'gzip and bytes behind it',
      Buffer.concat([gz, Buffer.from('\0\0\0\0')]),
      'Content-Encoding: gzip\r\n',
    ],
    ['zlib', deflateSync(json), 'Content-Encoding: deflate\r\n'],
    ['raw deflate', deflateRawSync(json), 'Content-Encoding: deflate\r\n'],
    ['brotli', brotliCompressSync(json), 'Content-Encoding: br\r\n'],
    ['packed twice', gzipSync(gz), 'Content-Encoding: gzip, gzip\r\n'],
    ['said to be packed and is not', json, 'Content-Encoding: gzip\r\n'],
    ['trailing bytes', `${json}\n<!-- 3 ms -->`, 'Content-Type: text/html\r\n'],
    [
      'a form',
      new URLSearchParams({ ...pair, expires_in: '3600' }).toString(),
      'Content-Type: text/plain\r\n',
    ],
  ])('%s is read', async (_name, body, headers) => {
    tell(body, headers)
    const result = await mint(it)
    if (result.outcome !== 'minted') throw new Error(JSON.stringify(result))
    expect(await it.open(result.grant, 'grant')).toEqual({ refreshToken: 'canary-next' })
    expect(result.kept).toBeUndefined()
  })

  test.each<[string, string | Buffer, string]>([
    ['an encoding that nobody knows', gz, 'Content-Encoding: zstd-9\r\n'],
    ['broken gzip', Buffer.from('ffffffffffff', 'hex'), 'Content-Encoding: gzip\r\n'],
    ['a cut text', json.slice(0, -9), ''],
    ['a name that no rule says', JSON.stringify({ data: pair }), ''],
  ])('%s is kept, sealed', async (_name, body, headers) => {
    tell(body, headers)
    const result = await mint(it)
    expect(result).toMatchObject({
      outcome: 'failed',
      class: 'ambiguous',
      kept: expect.any(String) as string,
    })
    expect(JSON.stringify(result)).not.toContain('canary')
  })

  test('what was kept is read by a mended definition, and nothing is sent', async () => {
    tell(gzipSync(JSON.stringify({ data: pair })), 'Content-Encoding: gzip\r\n')
    const failed = await mint(it)
    if (failed.outcome !== 'failed' || failed.kept === undefined) throw new Error('not kept')
    const mended: Setup = {
      ...(await setUpTokenActivities([shop({ at: 'data' })], {
        client: firstEvent.client,
        keyring: it.keyring,
      })),
      open: it.open,
    }
    const before = server.requests()
    const grant = await it.seal({ refreshToken: 'canary-old' }, 'grant')
    const read = await mint(mended, { grant, kept: [failed.kept], onlyKept: true })
    if (read.outcome !== 'minted') throw new Error(JSON.stringify(read))
    expect(await it.open(read.grant, 'grant')).toEqual({ refreshToken: 'canary-next' })
    expect(read.ageMs).toBeGreaterThanOrEqual(0)
    const vain = await mint(it, { grant, kept: [failed.kept], onlyKept: true })
    expect(vain).toMatchObject({ outcome: 'failed', code: 'kept_unread' })
    expect(server.requests()).toBe(before)
  })
})

describe.each(['', '\uFEFF'])('with %j before each answer, as without', (mark) => {
  let provider: LoopbackServer
  let it: Setup
  const asked: string[] = []
  beforeAll(async () => {
    provider = await startLoopbackServer(({ url = '' }, response) => {
      asked.push(url)
      const { origin } = provider
      const answers: Readonly<Record<string, object>> = {
        '/.well-known/oauth-authorization-server': {
          issuer: origin,
          token_endpoint: `${origin}/token`,
          introspection_endpoint: `${origin}/introspect`,
          revocation_endpoint: `${origin}/revoke`,
        },
        '/token': { access_token: 'canary-a', token_type: 'bearer' },
        '/introspect': { active: true, exp: Math.floor(Date.now() / 1000) + 900 },
        '/revoke': { error: 'unsupported_token_type' },
        '/login': { session: { token: 'canary-t' } },
      }
      response.writeHead(url === '/revoke' ? 400 : 200, { 'content-type': 'application/json' })
      response.end(mark + JSON.stringify(answers[url] ?? {}))
    })
    process.env['TEST_MARK_SECRET'] = 'a-client-secret'
    const base = { baseUrl: provider.origin, endpoints: {} }
    it = await setUpTokenActivities(
      [
        defineConnector({
          ...base,
          id: 'shop',
          auth: clientCredentials({
            issuer: provider.origin,
            clientId: 'app',
            clientSecret: secret('env:TEST_MARK_SECRET'),
          }),
        }),
        defineConnector({
          ...base,
          id: 'login',
          auth: loginFlow({
            credential: ['password'],
            steps: [
              {
                name: 'first',
                method: 'POST',
                url: `${provider.origin}/login`,
                body: { json: { password: '{password}' } },
                take: { token: { json: 'session.token' } },
              },
            ],
            token: { headers: { Authorization: 'Bearer {token}' } },
          }),
        }),
      ],
      { client: firstEvent.client, exchangeOnce: createExchangeOnce({ network: LOOPBACK }) },
    )
  })
  afterAll(() => provider.stop())
  const tried = { attempt: 1, prior: 'clean', knownRunId: RUN_ID } as const

  test('metadata, a token and its introspection are read, and the refusal to revoke it', async () => {
    const grant = await it.seal({}, 'grant')
    const result = await it.run('tokenkeeper.mint', { ...tried, connection: CONNECTION, grant })
    if (result.outcome !== 'minted') throw new Error(JSON.stringify(result))
    expect(result.lifetimeMs).toBeGreaterThan(890_000)
    const { token } = result
    const revoked = await it.run('tokenkeeper.revoke', { connection: CONNECTION, grant, token })
    expect(revoked).toMatchObject({ outcome: 'failed', code: 'unsupported_token_type' })
    expect(asked).toContain('/introspect')
  })

  test('a step of a login is read', async () => {
    const connection = 'login/acme'
    const grant = await it.seal({ password: 'p' }, 'grant', connection)
    const result = await it.run('tokenkeeper.mint', { ...tried, connection, grant })
    expect(result).toMatchObject({ outcome: 'minted' })
  })
})
