import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MintGranted } from '../../../src/auth/kind/auth-kind.js'
import type { Exchange, ExchangeOnce } from '../../../src/auth/kind/exchange.js'
import { KnownProviders } from '../../../src/auth/kind/known-providers.js'
import { ASSERTION_ALGORITHMS } from '../../../src/auth/oauth2/sign-assertion.js'
import { authKindOf } from '../../../src/auth/registry.js'
import {
  authorizationCode,
  clientCredentials,
  jwtBearer,
  refreshToken,
  secret,
} from '../../../src/connectors/index.js'
import {
  type AuthorizationServer,
  REDIRECT_URI,
  startAuthorizationServer,
} from '../../fixtures/authorization-server.js'
import { grantInBrowser } from '../../fixtures/grant-in-browser.js'
import {
  clientOf,
  clients,
  contextOf,
  granted,
  ISSUER_KEY,
  type Method,
  METHODS,
  mint,
  real,
} from './real-server-stage.js'

let server: AuthorizationServer
beforeAll(async () => {
  server = await startAuthorizationServer({
    clients,
    accessTokenSeconds: 60,
    trustedIssuers: [{ issuer: 'me@acme.example', publicKey: ISSUER_KEY.publicKey }],
  })
})
afterAll(() => server.stop())

async function expectActive(outcome: MintGranted): Promise<void> {
  expect(await server.isActive(outcome.token['accessToken']?.reveal() ?? '')).toBe(true)
}

function codeDefinition(method: Method, more: object = {}) {
  return authorizationCode({
    authorizationUrl: `${server.origin}/auth`,
    tokenUrl: server.tokenUrl,
    ...clientOf(method),
    scope: 'openid offline_access orders',
    authorizationParameters: { prompt: 'consent' },
    rotation: 'rotating',
    ...more,
  })
}

async function authorize(auth: ReturnType<typeof codeDefinition>) {
  return await grantInBrowser(async (codeChallenge) => {
    const context = { ...contextOf(auth, {}), redirectUri: REDIRECT_URI, codeChallenge }
    const made = await authKindOf(auth).authorizationUrl?.(context)
    if (made?.outcome !== 'made') throw new Error('no URL')
    return made.url
  })
}

describe.each(METHODS)('oidc-provider and a client that proves itself by %s', (method) => {
  test('authorization code, then refreshes that rotate', async () => {
    const auth = codeDefinition(method)
    let outcome = granted(await mint(auth, await authorize(auth)))
    const seen = new Set<string>()
    for (let count = 0; count < 3; count += 1) {
      await expectActive(outcome)
      seen.add(outcome.grant?.['refreshToken']?.reveal() ?? '')
      outcome = granted(await mint(auth, outcome.grant ?? {}))
    }
    expect(seen.size).toBe(3)
  })

  test('refresh token, whose reuse ends the family', async () => {
    const code = codeDefinition(method)
    const first = granted(await mint(code, await authorize(code))).grant ?? {}
    const options = { tokenUrl: server.tokenUrl, ...clientOf(method) }
    const auth = refreshToken({ ...options, rotation: 'rotating' })
    const second = granted(await mint(auth, first))
    await expectActive(second)
    expect(await mint(auth, first)).toMatchObject({ class: 'invalid_grant' })
    expect(await mint(auth, second.grant ?? {})).toMatchObject({ class: 'invalid_grant' })
  })

  test('client credentials, but for a client that proves nothing', async () => {
    const options = { tokenUrl: server.tokenUrl, ...clientOf(method) }
    const outcome = await mint(clientCredentials({ ...options, scope: 'orders' }), {})
    if (method === 'none')
      expect(outcome).toMatchObject({ outcome: 'refused', class: 'misconfigured' })
    else {
      await expectActive(granted(outcome))
      expect(outcome).toMatchObject({ scope: 'orders', lifetimeMs: 60_000 })
    }
  })

  test('JWT bearer', async () => {
    const auth = jwtBearer({
      tokenUrl: server.tokenUrl,
      ...clientOf(method),
      assertion: { alg: 'ES256', kid: 'issuer-key', issuer: 'me@acme.example' },
    })
    await expectActive(granted(await mint(auth, { privateKey: ISSUER_KEY.privateKey })))
  })

  test('revocation of the refresh token ends the grant', async () => {
    const auth = codeDefinition(method, { revocationUrl: server.revocationUrl })
    const outcome = granted(await mint(auth, await authorize(auth)))
    const grant = outcome.grant ?? {}
    const context = { ...contextOf(auth, grant), token: outcome.token }
    expect(await authKindOf(auth).revoke?.(context)).toEqual({ outcome: 'revoked' })
    expect(await mint(auth, grant)).toMatchObject({ class: 'invalid_grant' })
    expect(await server.isActive(outcome.token['accessToken']?.reveal() ?? '')).toBe(false)
  })

  test('introspection tells the lifetime that the answer leaves out', async () => {
    const auth = codeDefinition(method, { introspectionUrl: server.introspectionUrl })
    const before = server.counters.introspections
    const exchangeOnce: ExchangeOnce = async (request) => withoutExpiry(await real(request))
    const outcome = granted(await mint(auth, await authorize(auth), { exchangeOnce }))
    expect(server.counters.introspections - before).toBe(1)
    // The fixture's tokens live a second longer in its books.
    expect([60_000, 61_000]).toContain(outcome.lifetimeMs)
    const again = { exchangeOnce, previousLifetimeMs: 60_000 }
    expect(granted(await mint(auth, outcome.grant ?? {}, again)).lifetimeMs).toBeUndefined()
    expect(server.counters.introspections - before).toBe(1)
  })
})

function withoutExpiry(exchange: Exchange): Exchange {
  const { expires_in: _left, ...rest } = JSON.parse(exchange.text) as Record<string, unknown>
  return { ...exchange, text: JSON.stringify(rest) }
}

describe('private_key_jwt of oidc-provider', () => {
  test.each(ASSERTION_ALGORITHMS)('by %s', async (alg) => {
    const clientKey = { key: secret(`env:TEST_REAL_KEY_${alg}`), alg, kid: alg }
    const options = { tokenUrl: server.tokenUrl, clientId: `key-${alg}`, clientKey }
    await expectActive(granted(await mint(clientCredentials(options), {})))
  })

  test('with the issuer as audience', async () => {
    const base = clientOf('private_key_jwt')
    const clientKey = { ...base.clientKey, audience: 'issuer' }
    const options = { ...base, issuer: server.origin, clientKey } as never
    await expectActive(granted(await mint(clientCredentials(options), {})))
  })

  test('with the key of another client is refused', async () => {
    const { clientKey } = clientOf('private_key_jwt')
    const options = { tokenUrl: server.tokenUrl, clientId: 'key-ES384', clientKey } as never
    expect(await mint(clientCredentials(options), {})).toMatchObject({
      class: 'misconfigured',
      code: 'invalid_client',
    })
  })
})

describe('discovery of oidc-provider', () => {
  const definition = (issuer = server.origin) =>
    authorizationCode({
      issuer,
      ...clientOf('client_secret_basic'),
      scope: 'openid offline_access orders',
      authorizationParameters: { prompt: 'consent' },
    })

  test('finds every endpoint, asks once in minutes, and promises iss', async () => {
    const auth = definition()
    const providers = new KnownProviders()
    const asked: string[] = []
    const exchangeOnce: ExchangeOnce = (request) => {
      asked.push(new URL(request.url).pathname)
      return real(request)
    }
    const fields = await grantInBrowser(async (codeChallenge) => {
      const context = contextOf(auth, {}, { providers, exchangeOnce })
      const made = await authKindOf(auth).authorizationUrl?.({
        ...context,
        redirectUri: REDIRECT_URI,
        codeChallenge,
      })
      if (made?.outcome !== 'made') throw new Error('no URL')
      expect(made.issuer).toEqual({ value: server.origin, required: true })
      return made.url
    })
    const outcome = granted(await mint(auth, fields, { providers, exchangeOnce }))
    const next = granted(await mint(auth, outcome.grant ?? {}, { providers, exchangeOnce }))
    await expectActive(next)
    const held = contextOf(auth, next.grant ?? {}, { providers, exchangeOnce })
    expect(await authKindOf(auth).revoke?.(held)).toEqual({ outcome: 'revoked' })
    expect(asked.filter((path) => path.includes('well-known'))).toHaveLength(1)
  })

  test('refuses the metadata of another issuer: exactly the same text', async () => {
    for (const issuer of [`${server.origin}/`, server.origin.replace('127.0.0.1', 'localhost')])
      expect(await mint(definition(issuer), { refreshToken: 'x' })).toMatchObject({
        class: 'misconfigured',
        code: 'issuer_mismatch',
      })
  })
})
