import OAuth from 'oauth-1.0a'
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sealFields } from '../../../activities/connection/sealed-fields.js'
import {
  apiKey,
  basic,
  clientCredentials,
  type Connector,
  defineConnector,
  get,
  headers,
  oauth1,
  post,
  secret,
} from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  type Seen,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

let shop: Upstream
let elsewhere: Upstream
/** One of the connector's origins. */
let declared: Upstream
let bench: ActivityBench
/** Where the shop redirects to; the path `/v1/there` is answered. */
let location = ''
let status = 302

beforeAll(async () => {
  elsewhere = await startUpstream((_seen, _request, response) => {
    sendJson(response, 200, { elsewhere: true })
  })
  declared = await startUpstream((_seen, _request, response) => {
    sendJson(response, 200, { declared: true })
  })
  shop = await startUpstream(({ path }, _request, response) => {
    if (path.startsWith('/v1/there')) sendJson(response, 200, { path })
    else response.writeHead(status, { location }).end()
  })
  const endpoints = { away: get('/away'), create: post('/away') }
  const base = { baseUrl: `${shop.origin}/v1`, endpoints, origins: [declared.origin] }
  const kinds: Record<string, Connector['auth']> = {
    header: apiKey({ in: 'header', name: 'X-Api-Key' }),
    query: apiKey({ in: 'query', name: 'key' }),
    cookie: apiKey({ in: 'cookie', name: 'session' }),
    basic: basic(),
    bearer: clientCredentials({
      tokenUrl: `${shop.origin}/token`,
      clientId: 'app',
      clientSecret: secret('env:NOT_LOOKED_AT'),
    }),
    templates: headers({ query: { sig: '{token}' }, fields: { token: 'secret' } }),
    oauth1: oauth1({ signatureMethod: 'HMAC-SHA256', consumerKey: 'app' }),
    oauth1query: oauth1({ signatureMethod: 'HMAC-SHA1', consumerKey: 'app', in: 'query' }),
  }
  bench = await createActivityBench(
    Object.entries(kinds).map(([id, auth]) => defineConnector({ ...base, id, auth })),
  )
})
afterAll(async () => {
  await shop.stop()
  await elsewhere.stop()
  await declared.stop()
})
beforeEach(() => {
  status = 302
  shop.seen.length = 0
  elsewhere.seen.length = 0
  declared.seen.length = 0
})

async function inputOf(connector: string, endpoint = 'away') {
  const connection = `${connector}/default`
  const fields = {
    apiKey: CANARY,
    accessToken: CANARY,
    username: 'user',
    password: CANARY,
    token: CANARY,
    tokenSecret: `${CANARY}-2`,
    consumerSecret: `${CANARY}-3`,
  }
  const sealed = await sealFields(
    bench.keyring,
    Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, new Secret(text)])),
    { connection, purpose: 'token' },
  )
  const lease = { ...(await bench.lease(connection)), sealed }
  return { connection, endpoint, lease, input: {}, idempotencyKey: '' }
}
const call = async (connector: string, endpoint?: string) =>
  await bench.call(await inputOf(connector, endpoint), { client: heartbeatClient([]) })
async function failing(connector: string, endpoint?: string) {
  const failure = await failureOf(call(connector, endpoint))
  expect(failure.text).not.toContain(CANARY)
  return failure
}

const KINDS = [
  'header',
  'query',
  'cookie',
  'basic',
  'bearer',
  'templates',
  'oauth1',
  'oauth1query',
] as const

describe.each(KINDS)('a redirect of a request that is authorised by %s', (kind) => {
  test('to a foreign origin is not followed', async () => {
    location = `${elsewhere.origin}/v1/there`
    expect(await failing(kind)).toMatchObject({ type: 'ForeignOrigin', nonRetryable: true })
    expect(elsewhere.seen).toEqual([])
    expect(shop.seen).toHaveLength(1)
  })

  test('to a host with the key in it is told without that host', async () => {
    for (const host of [CANARY, `${CANARY.slice(0, 12)}.x`, `a-${CANARY}`, CANARY.toUpperCase()]) {
      location = `https://${host}.evil.example/v1/there`
      const failure = await failing(kind)
      expect(failure).toMatchObject({ type: 'ForeignOrigin', nonRetryable: true })
      expect(failure.text.toLowerCase()).not.toContain(CANARY.slice(0, 12))
      expect(failure.message).toContain('a host that is not named here')
    }
    expect(shop.seen).toHaveLength(4)
  })

  test.each([301, 302, 303, 307, 308])(
    'to another of the connector’s origins is followed and authorised anew (%d)',
    async (told) => {
      status = told
      location = `${declared.origin}/v1/there?page=2`
      expect(await call(kind)).toMatchObject({ result: { declared: true } })
      const [first] = shop.seen as [Seen]
      const [second] = declared.seen as [Seen]
      expect(second.path).toContain('page=2')
      expect(second.headers.host).toBe(new URL(declared.origin).host)
      for (const name of ['x-api-key', 'cookie'])
        expect(second.headers[name], name).toBe(first.headers[name])
      if (kind.startsWith('oauth1'))
        expect(second.path + JSON.stringify(second.headers)).toContain('oauth_signature')
      else expect(second.headers.authorization).toBe(first.headers.authorization)
    },
  )

  test('within the origin is authorised anew, and repeats nothing of what the Location brings', async () => {
    const given = new URLSearchParams({ key: CANARY, sig: CANARY, other: `x${CANARY}`, page: '2' })
    location = `/v1/there?${given.toString()}#${CANARY}`
    await call(kind)
    expect(shop.seen).toHaveLength(2)
    const [first, second] = shop.seen as [Seen, Seen]
    const asked = new URL(second.path, shop.origin).searchParams
    expect(asked.get('page')).toBe('2')
    expect(asked.get('other')).toBeNull()
    const own = { query: ['key'], templates: ['sig'], oauth1query: ['oauth_token'] }
    const carried = kind in own ? own[kind as keyof typeof own] : []
    for (const [name, value] of asked)
      expect(value.includes(CANARY) ? [name] : carried).toEqual(carried)
    for (const name of carried) expect(asked.getAll(name)).toEqual([CANARY])
    const isSigned = kind.startsWith('oauth1')
    for (const name of ['x-api-key', 'cookie'])
      expect(second.headers[name], name).toBe(first.headers[name])
    if (!isSigned) expect(second.headers.authorization).toBe(first.headers.authorization)
  })

  test('of a write is not followed at all', async () => {
    location = '/v1/there'
    status = 307
    expect(await failing(kind, 'create')).toMatchObject({ type: 'UpstreamRejected' })
    expect(shop.seen).toHaveLength(1)
    location = `${declared.origin}/v1/there`
    expect(await failing(kind, 'create')).toMatchObject({ type: 'UpstreamRejected' })
    expect(declared.seen).toEqual([])
  })
})

describe('where a redirect leads is read as it would be dialled', () => {
  const foreign = (): readonly string[] => {
    const { host, port } = new URL(elsewhere.origin)
    const own = new URL(shop.origin).host
    return [
      `//${host}/v1/there`,
      `\\\\${host}/v1/there`,
      `/\\${host}/v1/there`,
      `/\t/${host}/v1/there`,
      `HTTP://${host}/v1/there`,
      `http:\\\\${host}/v1/there`,
      `http://${own}@${host}/v1/there`,
      `http://${own}:80@${host}/`,
      `http://localhost:${new URL(shop.origin).port}/v1/there`,
      `http://127.0.0.1:${port}/`,
      'http://127.0.0.1/v1/there',
      'http://127.0.0.1:80/v1/there',
      `https://${own}/v1/there`,
      'https://exämple.example/',
      'https://xn--exmple-cua.example/',
      'javascript:alert(1)',
      'data:text/plain,x',
      'file:///etc/passwd',
      `blob:${shop.origin}/v1/there`,
      `ws://${own}/v1/there`,
    ]
  }
  test('to a foreign origin in every disguise: nothing is sent', async () => {
    for (const target of foreign()) {
      location = Buffer.from(target).toString('latin1')
      shop.seen.length = 0
      expect(await failing('header'), target).toMatchObject({ type: 'ForeignOrigin' })
      expect(shop.seen, target).toHaveLength(1)
    }
    expect(elsewhere.seen).toEqual([])
  })

  test('to its own in every notation: followed, without user and password', async () => {
    const { host, port } = new URL(shop.origin)
    for (const target of [
      '/v1/there',
      'there',
      './x/../there',
      '\\v1\\there',
      `//${host}/v1/there`,
      `HTTP://${host}/v1/there`,
      `http://user:${CANARY}@${host}/v1/there`,
      `http://2130706433:${port}/v1/there`,
      `http://0x7f.1:${port}/v1/there`,
      `  http://${host}/v1/there  `,
    ]) {
      location = target
      expect(await call('header'), target).toMatchObject({ result: { path: '/v1/there' } })
      expect(shop.seen.at(-1)?.headers.authorization).toBeUndefined()
    }
  })

  test('nowhere, or in a circle, is a refusal', async () => {
    for (const target of ['http://', 'http://[', '/v1/away']) {
      location = target
      expect(await failing('header'), target).toMatchObject({ type: 'UpstreamRejected' })
    }
    // Sent as UTF-8, which is read as such.
    location = Buffer.from('https://１２７.0.0.2/').toString('latin1')
    expect(await failing('header')).toMatchObject({ type: 'ForeignOrigin' })
    expect(elsewhere.seen).toEqual([])
  })
})

test('a signed request is signed anew for where the redirect leads', async () => {
  location = '/v1/there?page=2'
  await call('oauth1')
  const library = new OAuth({
    consumer: { key: 'app', secret: `${CANARY}-3` },
    signature_method: 'HMAC-SHA256',
    hash_function: (text, key) => createHmac('sha256', key).update(text).digest('base64'),
  })
  const nonces = shop.seen.map(({ path, headers }) => {
    const sent = Object.fromEntries(
      [...String(headers.authorization).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [
        name,
        decodeURIComponent(value ?? ''),
      ]),
    ) as Record<string, string>
    const { oauth_signature: signature, realm: _realm, ...rest } = sent
    const request = { url: `${shop.origin}${path}`, method: 'GET' }
    expect(signature).toBe(library.getSignature(request, `${CANARY}-2`, rest as never))
    return rest.oauth_nonce
  })
  expect(new Set(nonces).size).toBe(2)
})
