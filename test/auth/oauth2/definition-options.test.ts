import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import type { AuthLike } from '../../../src/auth/kind/auth-kind.js'
import type { Exchange, ExchangeRequest } from '../../../src/auth/kind/exchange.js'
import { KnownProviders } from '../../../src/auth/kind/known-providers.js'
import { authKindOf } from '../../../src/auth/registry.js'
import {
  basic,
  clientCredentials,
  jwtBearer,
  oauth1,
  refreshToken,
  secret,
} from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

const NOW = Date.UTC(2026, 10, 24)
const tokenUrl = 'https://login.example/token'
const good = { access_token: 'a', token_type: 'bearer', expires_in: 3600 }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

interface Told extends Partial<Omit<Exchange, 'text'>> {
  readonly body: unknown
}

/** One token request; `answer` sees what is sent. */
async function send(
  auth: AuthLike,
  fields: Readonly<Record<string, string>>,
  answer: (request: ExchangeRequest, count: number) => Told = () => ({ body: good }),
  providers?: KnownProviders,
) {
  const requests: ExchangeRequest[] = []
  const outcome = await authKindOf(auth).mint({
    auth,
    account: 'acme',
    fields: Object.fromEntries(Object.entries(fields).map(([n, v]) => [n, new Secret(v)])),
    variables: { account: 'acme' },
    rules: {},
    resolve: () => Promise.resolve(new Secret(pem)),
    exchangeOnce: (request) => {
      requests.push(request)
      const { body, ...rest } = answer(request, requests.length)
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const dates = { sentAtMs: NOW, answeredAtMs: NOW, sent: true, status: 200, headers: {} }
      return Promise.resolve({ ...dates, ...rest, text })
    },
    now: () => NOW,
    randomBytes,
    providers,
  })
  return { outcome, requests, form: new URLSearchParams(requests[0]?.body) }
}

const pairOf = (request: ExchangeRequest | undefined): Buffer =>
  Buffer.from((request?.headers['authorization'] ?? '').replace('Basic ', ''), 'base64')

describe('what a definition says of a token request', () => {
  const odd = { tokenUrl, clientId: 'app:1' }
  test.each([
    ['form', undefined, Buffer.from('app%3A1:s%2Bc+%C3%A9')],
    ['raw', 'raw', Buffer.from('app:1:s+c é', 'utf8')],
    ['raw in ISO-8859-1', 'raw-latin1', Buffer.from('app:1:s+c é', 'latin1')],
  ] as const)('client secret by Basic: %s', async (_name, basicEncoding, bytes) => {
    const options = basicEncoding === undefined ? odd : { ...odd, basicEncoding }
    const { requests } = await send(clientCredentials(options), { clientSecret: 's+c é' })
    expect(pairOf(requests[0])).toEqual(bytes)
  })

  test('the type of a form has no charset, here and at refreshes', async () => {
    const one = await send(clientCredentials({ tokenUrl, clientId: 'app' }), { clientSecret: 's' })
    const two = await send(refreshToken({ tokenUrl, clientId: 'app' }), { refreshToken: 'r' })
    for (const { requests } of [one, two])
      expect(requests[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  test('a grant type of the provider with a parameter that names the account', async () => {
    const auth = clientCredentials({
      tokenUrl,
      clientId: 'app',
      grantType: 'account_credentials',
      parameters: { account_id: '{account}', filter: '{"a":1}' },
    })
    const { form } = await send(auth, { clientSecret: 's' })
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'account_credentials',
      account_id: 'acme',
      filter: '{"a":1}',
    })
  })

  test('what a granted scope holds beside itself', async () => {
    const options = { tokenUrl, clientId: 'app', scope: 'orders items' }
    const impliedScopes = { admin: ['orders', 'items'] }
    const answer = () => ({ body: { ...good, scope: 'admin' } })
    const grants = (more: object) => [
      [clientCredentials({ ...options, ...more }), { clientSecret: 's' }] as const,
      [
        jwtBearer({ ...options, ...more, assertion: { alg: 'ES256', issuer: 'me' } }),
        { privateKey: pem },
      ] as const,
    ]
    for (const [auth, fields] of grants({ impliedScopes }))
      expect((await send(auth, fields, answer)).outcome).toHaveProperty('missingScope', undefined)
    for (const [auth, fields] of grants({}))
      expect((await send(auth, fields, answer)).outcome).toMatchObject({
        missingScope: 'orders items',
      })
  })

  test('an answer that is a list, and one that is not ready yet', async () => {
    const auth = refreshToken({
      tokenUrl,
      clientId: 'app',
      answer: { at: '0', notReady: { status: 202, afterMs: 5000 } },
    })
    const listed = await send(auth, { refreshToken: 'r' }, () => ({ body: [good] }))
    expect(listed.outcome).toMatchObject({ outcome: 'granted', lifetimeMs: 3_600_000 })
    const empty = await send(auth, { refreshToken: 'r' }, () => ({ status: 202, body: '' }))
    expect(empty.outcome).toMatchObject({
      outcome: 'refused',
      class: 'throttled',
      code: 'not_ready',
    })
    expect(empty.outcome).toMatchObject({ retryAfterMs: 5000 })
  })
})

describe('clocks at an assertion', () => {
  const date = (atMs: number) => ({ date: new Date(atMs).toUTCString() })
  /** A server whose clock is off, and which takes no assertion of its future or past. */
  const strict = (offMs: number, error: string) => (request: ExchangeRequest) => {
    const form = new URLSearchParams(request.body)
    const { iat = 0, exp = 0 } = decodeJwt(
      form.get('client_assertion') ?? form.get('assertion') ?? '',
    )
    const theirs = (NOW + offMs) / 1000
    const right = iat <= theirs && exp > theirs && exp <= theirs + 300
    return right
      ? { body: good, headers: date(NOW + offMs) }
      : { status: 401, body: { error }, headers: date(NOW + offMs) }
  }
  const bearer = (host: string) =>
    jwtBearer({ tokenUrl: `https://${host}/token`, assertion: { alg: 'ES256', issuer: 'me' } })
  const client = (host: string) =>
    refreshToken({
      tokenUrl: `https://${host}/token`,
      clientId: 'app',
      clientKey: { key: secret('env:KEY'), alg: 'ES256' },
    })

  test.each([
    ['30 s ahead: dated back', -30_000, 1],
    ['two minutes ahead', -120_000, 2],
    ['ten minutes behind', 600_000, 2],
    ['the same', 0, 1],
  ])('%s', async (name, offMs, count) => {
    const host = `${name.replace(/\W+/g, '-')}.example`
    const providers = new KnownProviders()
    const answer = strict(offMs, 'invalid_grant')
    const first = await send(bearer(host), { privateKey: pem }, answer, providers)
    expect(first.outcome.outcome).toBe('granted')
    expect(first.requests).toHaveLength(count)
    // What was learnt is kept.
    const next = await send(bearer(host), { privateKey: pem }, answer, providers)
    expect(next.requests).toHaveLength(1)
    const own = await send(
      client(`c-${host}`),
      { refreshToken: 'r' },
      strict(offMs, 'invalid_client'),
    )
    expect(own.outcome.outcome).toBe('granted')
    expect(own.requests).toHaveLength(count)
  })

  test('a refusal while the clocks agree is no matter of clocks', async () => {
    const answer = () => ({ status: 401, body: { error: 'invalid_client' }, headers: date(NOW) })
    const { requests } = await send(client('agree.example'), { refreshToken: 'r' }, answer)
    expect(requests).toHaveLength(1)
  })

  test('a refresh token that was refused is not sent twice', async () => {
    const answer = () => ({
      status: 400,
      body: { error: 'invalid_grant' },
      headers: date(NOW - 9e5),
    })
    const { requests } = await send(client('dead.example'), { refreshToken: 'r' }, answer)
    expect(requests).toHaveLength(1)
  })
})

const signing = { now: () => NOW, randomBytes, resolve: () => Promise.resolve(new Secret('s')) }
const request = (body?: string, type = 'application/json') => ({
  method: 'POST',
  url: new URL('https://api.example/x'),
  headers: { 'content-type': type },
  body,
})

describe('oauth_body_hash', () => {
  const auth = oauth1({
    signatureMethod: 'HMAC-SHA1',
    consumerKey: 'k',
    consumerSecret: secret('env:S'),
    bodyHash: true,
  })
  const token = { token: new Secret('t'), tokenSecret: new Secret('s') }
  const header = async (body?: string, type?: string) =>
    (await authKindOf<AuthLike>(auth).authorize(request(body, type), token, auth, signing)).headers[
      'authorization'
    ]

  test('is that of the draft, of the empty body too, and not with forms', async () => {
    // The example of OAuth Request Body Hash 1.0 draft 4, section 3.2.
    expect(await header('Hello World!')).toContain(
      'oauth_body_hash="Lve95gjOVATpfV8EL5X4nxwjKHE%3D"',
    )
    expect(await header()).toContain('oauth_body_hash="2jmj7l5rSw0yVb%2FvlWAYkK%2FYBwk%3D"')
    expect(await header('a=b', 'application/x-www-form-urlencoded')).not.toContain(
      'oauth_body_hash',
    )
  })
})

test('Basic in ISO-8859-1', async () => {
  const auth = basic({ charset: 'latin1' })
  const kind = authKindOf<AuthLike>(auth)
  const token = { username: new Secret('é'), password: new Secret('ü') }
  const { headers } = await kind.authorize(request('{}'), token, auth, signing)
  expect(headers['authorization']).toBe(`Basic ${Buffer.from('é:ü', 'latin1').toString('base64')}`)
  expect(kind.checkFields({ ...token, password: new Secret('☃') }, auth)).toContain('ISO-8859-1')
})
