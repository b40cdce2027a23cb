import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MintGranted, MintOutcome } from '../../src/auth/kind/auth-kind.js'
import {
  authorizationCodeKind,
  type AuthorizationCodeOptions,
} from '../../src/auth/authorization-code.js'
import type { ExchangeOnce } from '../../src/auth/kind/exchange.js'
import { createExchangeOnce } from '../../activities/network/exchange-once.js'
import { LOOPBACK } from '../fixtures/loopback-policy.js'
import {
  authorizationCode,
  type AuthorizationCodeAuth,
  secret,
} from '../../src/connectors/index.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { Secret } from '../../src/sealing/secret.js'
import {
  type AuthorizationServer,
  DEFAULT_CLIENT,
  REDIRECT_URI,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { grantInBrowser } from '../fixtures/grant-in-browser.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { oauthCase } from './auth-kind-upstream.js'

const SCOPE = 'openid offline_access orders'

function definitionFor(
  server: AuthorizationServer,
  more: Partial<AuthorizationCodeOptions> = {},
): AuthorizationCodeAuth {
  process.env.TEST_CODE_CLIENT_SECRET = DEFAULT_CLIENT.clientSecret
  return authorizationCode({
    authorizationUrl: `${server.origin}/auth`,
    tokenUrl: server.tokenUrl,
    clientId: DEFAULT_CLIENT.clientId,
    clientSecret: secret('env:TEST_CODE_CLIENT_SECRET'),
    scope: SCOPE,
    authorizationParameters: { prompt: 'consent' },
    rotation: 'rotating',
    ...more,
  })
}

function contextOf(
  auth: AuthorizationCodeAuth,
  exchangeOnce: ExchangeOnce = createExchangeOnce({ network: LOOPBACK }),
) {
  return {
    auth,
    account: 'acme',
    variables: { account: 'acme' },
    rules: {},
    resolve: resolveDefinitionSecret,
    exchangeOnce,
    now: Date.now,
    randomBytes,
  }
}

async function urlFor(auth: AuthorizationCodeAuth, codeChallenge: string, scope?: string) {
  const made = await authorizationCodeKind.authorizationUrl?.({
    ...contextOf(auth),
    redirectUri: REDIRECT_URI,
    codeChallenge,
    scope,
  })
  if (made?.outcome !== 'made') throw new Error('no URL')
  return made
}

/** A person grants: the fields that a callback gives. */
function authorize(auth: AuthorizationCodeAuth, scope?: string) {
  return grantInBrowser(async (challenge) => (await urlFor(auth, challenge, scope)).url)
}

function mint(
  auth: AuthorizationCodeAuth,
  fields: Readonly<Record<string, string | Secret>>,
  more: { exchangeOnce?: ExchangeOnce; prior?: 'clean' | 'ambiguous' } = {},
): Promise<MintOutcome> {
  const secrets = Object.entries(fields).map(
    ([name, one]) => [name, typeof one === 'string' ? new Secret(one) : one] as const,
  )
  return authorizationCodeKind.mint({
    ...contextOf(auth, more.exchangeOnce),
    fields: Object.fromEntries(secrets),
    prior: more.prior,
  })
}

function granted(outcome: MintOutcome): MintGranted {
  if (outcome.outcome === 'refused') throw new Error(outcome.message)
  return outcome
}

async function authorizationCodeCase(): Promise<AuthKindCase> {
  const server = await startAuthorizationServer()
  const auth = definitionFor(server)
  const base = await oauthCase(server, auth, DEFAULT_CLIENT.clientSecret)
  const pool: string[] = []
  for (let count = 0; count < 20; count += 1)
    pool.push((await fetchRefreshToken(server)).refreshToken)
  let current = pool[0] ?? ''
  return {
    ...base,
    get text() {
      current = pool.shift() ?? current
      return current
    },
    get fields() {
      return { refreshToken: current }
    },
    bad: ['{}', '{"code":"canary"}', '{"code":"canary","codeVerifier":"canary"}'],
  }
}

testAuthKind('authorization-code', authorizationCodeCase)

describe('an authorization code of oidc-provider', () => {
  let server: AuthorizationServer
  beforeAll(async () => {
    server = await startAuthorizationServer()
  })
  afterAll(() => server.stop())

  test('is exchanged with PKCE, and what it brings is refreshed with rotation', async () => {
    const auth = definitionFor(server)
    const first = granted(await mint(auth, await authorize(auth)))
    expect(Object.keys(first.grant ?? {})).toEqual(['refreshToken'])
    expect(first).toMatchObject({ lifetimeMs: 6000, subject: `${server.origin}#merchant` })
    expect(first.scope?.split(' ').sort()).toEqual(SCOPE.split(' ').sort())
    expect(first.warnings).toBeUndefined()
    const second = granted(await mint(auth, first.grant ?? {}))
    expect(second.grant?.refreshToken?.reveal()).not.toBe(first.grant?.refreshToken?.reveal())
    expect(second.token.accessToken?.reveal()).not.toBe(first.token.accessToken?.reveal())
  })

  test('is exchanged by JSON-free, query-free form post: no credential in any URL', async () => {
    const auth = definitionFor(server)
    const fields = await authorize(auth)
    const real = createExchangeOnce({ network: LOOPBACK })
    const urls: string[] = []
    const outcome = await mint(auth, fields, {
      exchangeOnce: (request) => {
        urls.push(request.url)
        return real(request)
      },
    })
    expect(outcome.outcome).toBe('granted')
    expect(urls).toEqual([server.tokenUrl])
  })

  test('used a second time, it ends the credential and says to start again', async () => {
    const auth = definitionFor(server)
    const fields = await authorize(auth)
    granted(await mint(auth, fields))
    expect(await mint(auth, fields)).toMatchObject({
      outcome: 'refused',
      class: 'invalid_grant',
      code: 'invalid_grant',
      message: expect.stringContaining('Start the authorization again') as string,
    })
  })

  test('a verifier that does not belong to the challenge is refused', async () => {
    const auth = definitionFor(server)
    const fields = await authorize(auth)
    const codeVerifier = randomBytes(32).toString('base64url')
    expect(await mint(auth, { ...fields, codeVerifier })).toMatchObject({ class: 'invalid_grant' })
  })

  test('without the scope for a refresh token the token is taken, told, and not renewed', async () => {
    const auth = definitionFor(server, { scope: 'openid orders' })
    const first = granted(await mint(auth, await authorize(auth)))
    expect(first.token.accessToken?.reveal()).toBeTruthy()
    expect(first.warnings).toEqual([expect.stringMatching(/^no refresh token came/)])
    expect(authorizationCodeKind.checkFields(first.grant ?? {}, auth)).toBeUndefined()
    expect(await mint(auth, first.grant ?? {})).toMatchObject({
      outcome: 'refused',
      class: 'invalid_grant',
      code: 'no_refresh_token',
    })
    const expected = definitionFor(server, { scope: 'openid orders', expectsRefreshToken: false })
    const quiet = granted(await mint(expected, await authorize(expected)))
    expect(quiet.warnings).toBeUndefined()
  })

  test('granted less than was asked for, it says which scopes are missing', async () => {
    const auth = definitionFor(server)
    const fields = await authorize(auth, 'openid offline_access')
    const asked = granted(await mint(auth, fields))
    expect(asked.missingScope).toBe('orders')
    const other = await authorize(auth, 'openid offline_access')
    const told = granted(await mint(auth, { ...other, scope: 'openid offline_access' }))
    expect(told.warnings).toBeUndefined()
  })
})

describe('an exchange without a clear answer', () => {
  const auth = authorizationCode({
    authorizationUrl: 'https://login.example/auth',
    tokenUrl: 'https://login.example/token',
    clientId: 'app',
    clientAuthentication: 'none',
  })
  const fields = { code: 'canary-code', codeVerifier: 'canary-v', redirectUri: REDIRECT_URI }
  const answered = (more: object): ExchangeOnce => {
    const exchange = { sentAtMs: 1, answeredAtMs: 2, sent: true, headers: {}, text: '' }
    return () => Promise.resolve({ ...exchange, ...more })
  }

  test.each([
    ['a reset', { fault: 'ECONNRESET' }, 'invalid_grant', 'Start the authorization again'],
    ['a time-out', { fault: 'TIMEOUT' }, 'invalid_grant', 'Start the authorization again'],
    ['HTML at 200', { status: 200, text: '<html>' }, 'invalid_grant', 'Start the authorization'],
    ['a 500', { status: 500 }, 'invalid_grant', 'Start the authorization again'],
    ['nothing sent', { sent: false, fault: 'ECONNREFUSED' }, 'not_sent', 'nothing was sent'],
    ['a 429', { status: 429 }, 'throttled', 'asks to wait'],
    [
      'a firewall',
      { status: 403, text: '<html>' },
      'misconfigured',
      'start the authorization again',
    ],
    [
      'a wrong client',
      { status: 401, text: '{"error":"invalid_client"}' },
      'misconfigured',
      'start the authorization again',
    ],
  ])('%s: %#', async (_name, exchange, failureClass, says) => {
    const outcome = await mint(auth, fields, { exchangeOnce: answered(exchange) })
    expect(outcome).toMatchObject({ outcome: 'refused', class: failureClass })
    expect(outcome).toMatchObject({ message: expect.stringContaining(says) as string })
    expect(inspect(outcome)).not.toContain('canary')
  })

  test('is not repeated after a worker died: nothing is sent', async () => {
    let sent = 0
    const exchangeOnce: ExchangeOnce = (request) => {
      sent += 1
      return answered({ status: 500 })(request)
    }
    const outcome = await mint(auth, fields, { prior: 'ambiguous', exchangeOnce })
    expect(outcome).toMatchObject({ class: 'invalid_grant', code: 'exchange_interrupted' })
    expect(sent).toBe(0)
  })
})

describe('the authorization URL', () => {
  const options: AuthorizationCodeOptions = {
    authorizationUrl: 'https://login.example/auth?tenant=1',
    tokenUrl: 'https://login.example/token',
    clientId: 'app',
    scope: 'read  write',
  }

  test('has PKCE S256, no state and no secret', async () => {
    const { url } = await urlFor(authorizationCode(options), 'challenge')
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      tenant: '1',
      response_type: 'code',
      client_id: 'app',
      redirect_uri: REDIRECT_URI,
      scope: 'read write',
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
    })
  })

  test('has the names, separators and parameters of an odd provider', async () => {
    const auth = authorizationCode({
      ...options,
      scopeSeparator: ',',
      pkce: 'off-because-the-provider-breaks',
      authorizationNames: { client_id: 'client_key', redirect_uri: 'redirect_url' },
      authorizationParameters: { access_type: 'offline' },
      codeParameter: 'spapi_oauth_code',
    })
    const made = await urlFor(auth, 'challenge')
    expect(made.codeParameter).toBe('spapi_oauth_code')
    expect(Object.fromEntries(new URL(made.url).searchParams)).toEqual({
      tenant: '1',
      access_type: 'offline',
      response_type: 'code',
      client_key: 'app',
      redirect_url: REDIRECT_URI,
      scope: 'read,write',
    })
  })

  test.each<[Partial<AuthorizationCodeOptions>, RegExp]>([
    [{ pkce: 'plain' as 'S256' }, /pkce/],
    [{ authorizationParameters: { code_challenge_method: 'plain' } }, /must not hold/],
    [{ authorizationParameters: { state: 'x' } }, /must not hold/],
    [{ authorizationNames: { state: 'x' } as unknown as { scope: string } }, /authorizationNames/],
    [{ scopeSeparator: ';' as ',' }, /scopeSeparator/],
  ])('can not be weakened: %j', (more, problem) => {
    const result = authorizationCodeKind.schema.safeParse(
      authorizationCode({ ...options, ...more }),
    )
    expect(JSON.stringify(result.error)).toMatch(problem)
  })
})
