import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AuthLike } from '../../../src/auth/kind/auth-kind.js'
import type { ExchangeRequest } from '../../../src/auth/kind/exchange.js'
import { authKindOf } from '../../../src/auth/registry.js'
import {
  type AuthDefinition,
  authorizationCode,
  clientCredentials,
  defineConnector,
  InvalidDefinition,
  jwtBearer,
  refreshToken,
  secret,
} from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

const NOW = Date.UTC(2026, 10, 25)
const base = { tokenUrl: 'https://login.example/token', clientId: 'app' }
const code = { ...base, authorizationUrl: 'https://login.example/auth' }

async function send(
  auth: AuthLike,
  fields: Readonly<Record<string, string>>,
  answer: unknown = {},
) {
  const sent: ExchangeRequest[] = []
  const outcome = await authKindOf(auth).mint({
    auth,
    account: 'acme',
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, one]) => [name, new Secret(one)]),
    ),
    variables: { account: 'acme' },
    rules: {},
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    exchangeOnce: (request) => {
      sent.push(request)
      const text = JSON.stringify({ access_token: 'next', ...(answer as object) })
      const times = { sentAtMs: NOW, answeredAtMs: NOW }
      return Promise.resolve({ ...times, sent: true, status: 200, headers: {}, text })
    },
    now: () => NOW,
    randomBytes,
  })
  const [request] = sent
  if (request === undefined) throw new Error('nothing was sent')
  return { outcome, request }
}

describe('the token request of an odd provider', () => {
  const held = { refreshToken: 'rt', clientSecret: 's3cret' }

  test('is JSON, with names and headers of its own (TikTok, Atlassian, Notion)', async () => {
    const auth = refreshToken({
      ...base,
      clientAuthentication: 'client_secret_post',
      request: {
        body: 'json',
        names: { client_id: 'client_key' },
        headers: { 'Notion-Version': '2022-06-28' },
      },
    })
    const { request } = await send(auth, held)
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'Notion-Version': '2022-06-28',
    })
    expect(JSON.parse(request.body ?? '')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt',
      client_key: 'app',
      client_secret: 's3cret',
    })
  })

  test('has its parameters in the query (Zoho)', async () => {
    const auth = refreshToken({
      ...base,
      clientAuthentication: 'client_secret_post',
      request: { body: 'query' },
    })
    const { request } = await send(auth, held)
    expect([request.method, request.body, request.headers['content-type']]).toEqual([
      'POST',
      undefined,
      undefined,
    ])
    expect(new URL(request.url).searchParams.get('refresh_token')).toBe('rt')
  })

  test('extends the living token by GET, without a client (Threads)', async () => {
    const auth = authorizationCode({
      ...code,
      refreshUrl: 'https://graph.example/refresh_access_token',
      refreshWith: 'access_token',
      refreshGrantType: 'th_refresh_token',
      refreshRequest: { method: 'GET', unauthenticated: true },
    })
    const { request, outcome } = await send(auth, { accessToken: 'at', clientSecret: 's3cret' })
    expect(request).toMatchObject({ method: 'GET' })
    expect(request.url).toBe(
      'https://graph.example/refresh_access_token?access_token=at&grant_type=th_refresh_token',
    )
    expect(outcome.outcome === 'granted' && outcome.grant?.['accessToken']?.reveal()).toBe('next')
  })

  test('joins scopes by its own separator', async () => {
    const auth = clientCredentials({ ...base, scope: 'read write', scopeSeparator: ',' })
    const { request } = await send(auth, { clientSecret: 's3cret' })
    expect(new URLSearchParams(request.body).get('scope')).toBe('read,write')
  })

  test.each(['client_secret_basic', 'client_secret_post'] as const)(
    'never holds a blank client secret: %s',
    async (clientAuthentication) => {
      const auth = refreshToken({ ...base, clientAuthentication })
      const { request } = await send(auth, { refreshToken: 'rt', clientSecret: '' })
      expect(request.body).not.toContain('client_secret')
      expect(request.headers['authorization']).toBeUndefined()
      expect(new URLSearchParams(request.body).get('client_id')).toBe('app')
    },
  )
})

describe('the lifetime in an answer', () => {
  const lifetimeOf = async (answer: object, rules: object, refresh: object = {}) => {
    const auth = refreshToken({ ...base, answer: rules, refresh })
    const { outcome } = await send(auth, { refreshToken: 'rt', clientSecret: 's' }, answer)
    return outcome.outcome === 'granted' ? outcome.lifetimeMs : outcome
  }

  test.each([
    ['1h', 3_600_000],
    ['30 days', 2_592_000_000],
    ['90 minutes', 5_400_000],
    ['1:02:03', 93_780_000],
    ['3600', undefined],
    ['soon', undefined],
  ])('as a duration: %s', async (expires_in, lifetimeMs) => {
    expect(await lifetimeOf({ expires_in }, { expiresIn: 'duration' })).toBe(lifetimeMs)
  })

  test('is the earliest of two tokens in one answer (Slack)', async () => {
    const answer = { expires_in: 43_200, authed_user: { expires_in: 600 } }
    const rules = { expiresWith: ['authed_user.expires_in'] }
    expect(await lifetimeOf(answer, rules)).toBe(600_000)
    expect(await lifetimeOf({ expires_in: 43_200 }, rules)).toBe(43_200_000)
  })

  test('gives way to a configured one', async () => {
    const refresh = { defaultLifetimeMs: 1_680_000 }
    expect(await lifetimeOf({ expires_in: 9 }, { lifetime: 'configured' }, refresh)).toBe(1_680_000)
  })
})

describe('a quirk that its grant never reads is refused at load, with an example', () => {
  const refused = (auth: unknown): InvalidDefinition['problems'] => {
    const definition = { id: 'shop', baseUrl: 'https://shop.example', endpoints: {} }
    try {
      defineConnector({ ...definition, auth: auth as AuthDefinition })
    } catch (error) {
      if (error instanceof InvalidDefinition) return error.problems
    }
    return []
  }

  const key = { key: secret('env:KEY'), alg: 'ES256' } as const
  test.each<[string, unknown]>([
    ['auth.rotation', { ...clientCredentials(base), rotation: 'none' }],
    ['auth.refreshUrl', { ...clientCredentials(base), refreshUrl: 'https://x.example/r' }],
    ['auth.scopeSeparator', { ...refreshToken(base), scope: 'a', scopeSeparator: ',' }],
    ['auth.authorizationUrl', { ...refreshToken(base), authorizationUrl: 'https://x.example/a' }],
    ['auth.scopeSeparator', clientCredentials({ ...base, scopeSeparator: ',' })],
    [
      'auth.refreshUrl',
      authorizationCode({ ...code, expectsRefreshToken: false, refreshUrl: 'https://x.example/r' }),
    ],
    ['auth.authorizationUrl', authorizationCode(base)],
    ['auth.tokenUrl', clientCredentials({ clientId: 'app' })],
    ['auth.clientKey', clientCredentials({ ...base, clientAuthentication: 'private_key_jwt' })],
    ['auth.clientKey', refreshToken({ ...base, clientAuthentication: 'none', clientKey: key })],
    ['auth.answer.lifetime', refreshToken({ ...base, answer: { lifetime: 'configured' } })],
    ['auth.request.body', refreshToken({ ...base, request: { method: 'GET', body: 'json' } })],
    ['auth.parameters.code', clientCredentials({ ...base, parameters: { code: 'x' } })],
    ['auth.subject', refreshToken({ ...base, subject: 'data.access_token' })],
    [
      'auth.refresh.graceWindowMs',
      clientCredentials({ ...base, refresh: { graceWindowMs: 1000 } }),
    ],
    [
      'auth.refresh.graceWindowMs',
      refreshToken({ ...base, rotation: 'none', refresh: { graceWindowMs: 1000 } }),
    ],
    [
      'auth.refresh.idleLimitMs',
      jwtBearer({ ...base, assertion: { alg: 'ES256' }, refresh: { idleLimitMs: 60_000 } }),
    ],
    [
      'auth.refresh.absoluteLimitMs',
      clientCredentials({ ...base, refresh: { absoluteLimitMs: 60_000 } }),
    ],
    [
      'auth.answer.fields.refresh_token',
      clientCredentials({ ...base, answer: { fields: { refresh_token: 'refresh' } } }),
    ],
    [
      'auth.clientId',
      jwtBearer({
        ...base,
        clientId: undefined,
        clientAuthentication: 'client_secret_post',
        assertion: { alg: 'ES256' },
      } as never),
    ],
  ])('%s', (path, auth) => {
    const problem = refused(auth).find((one) => one.path === path)
    expect(problem?.message).toBeTruthy()
    expect(problem?.example).toBeTruthy()
  })
})
