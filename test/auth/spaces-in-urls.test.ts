import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createExchangeOnce } from '../../activities/network/exchange-once.js'
import { sealFields } from '../../activities/connection/sealed-fields.js'
import {
  apiKey,
  type AuthDefinition,
  authorizationCode,
  awsSigV4,
  clientCredentials,
  defineConnector,
  get,
  hmac,
  oauth1,
  secret,
} from '../../src/connectors/index.js'
import type { AuthLike } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { Secret } from '../../src/sealing/secret.js'
import { sendJson } from '../fixtures/loopback-server.js'
import { LOOPBACK } from '../fixtures/loopback-policy.js'
import { createActivityBench, startUpstream, type Upstream } from '../activities/activity-bench.js'
import { setUpTokenActivities } from '../activities/token/token-activities-setup.js'

/** What forms write as `+`, and a strict server reads as a plus. */
const SPACED = 'two  words + one'
const WRITTEN = 'two%20%20words%20%2B%20one'

let upstream: Upstream
beforeAll(async () => {
  process.env['TEST_SPACED_SECRET'] = 'canary-consumer-secret'
  upstream = await startUpstream((_seen, _request, response) => {
    sendJson(response, 200, { access_token: 'next', token_type: 'bearer', expires_in: 60 })
  })
})
afterAll(() => upstream.stop())
beforeEach(() => {
  upstream.seen.length = 0
})

/** By RFC 3986: what a server that knows no forms makes of a query. */
function readStrictly(path: string): Record<string, string> {
  const pairs = (path.split('?')[1] ?? '').split('&').map((pair) => pair.split('='))
  return Object.fromEntries(
    pairs.map(([name = '', value = '']) => [decodeURIComponent(name), decodeURIComponent(value)]),
  )
}

const CONSUMER = {
  signatureMethod: 'HMAC-SHA256',
  consumerKey: 'consumer',
  consumerSecret: secret('env:TEST_SPACED_SECRET'),
} as const
const OAUTH1 = { token: 'a token', tokenSecret: 'canary-token-secret' }
const HMAC = { keyId: 'a key', secret: 'canary-secret' }
const AWS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-secret-access-key' }
const HMAC_QUERY = {
  algorithm: 'hmac-sha256',
  text: '{timestamp}{target}',
  encoding: 'hex',
  timestamp: 'seconds',
  fields: ['keyId'],
} as const

describe('a space in a query is %20', () => {
  test.each<[string, AuthDefinition, Readonly<Record<string, string>>, string]>([
    [
      'an API key',
      apiKey({ in: 'query', name: 'api key' }),
      { apiKey: 'a key' },
      'api%20key=a%20key',
    ],
    [
      'hmac in the query',
      hmac({
        ...HMAC_QUERY,
        query: { 'key id': '{keyId}', at: '{timestamp}', signature: '{signature}' },
      }),
      HMAC,
      'key%20id=a%20key',
    ],
    [
      'hmac in headers',
      hmac({
        ...HMAC_QUERY,
        headers: { 'X-Key': '{keyId} {timestamp}', 'X-Signature': '{signature}' },
      }),
      HMAC,
      '',
    ],
    ['oauth1 in the query', oauth1({ in: 'query', ...CONSUMER }), OAUTH1, 'oauth_token=a%20token'],
    ['oauth1 in a header', oauth1({ in: 'header', ...CONSUMER }), OAUTH1, ''],
    ['aws-sigv4', awsSigV4({ service: 'execute-api', region: 'eu-central-1' }), AWS, ''],
  ])('of a request with %s', async (_name, auth, fields, written) => {
    const connector = defineConnector({
      id: 'shop',
      baseUrl: upstream.origin,
      auth,
      endpoints: { list: get('/list/{id}') },
    })
    const bench = await createActivityBench([connector])
    const connection = 'shop/default'
    const secrets = Object.entries(fields).map(([name, text]) => [name, new Secret(text)] as const)
    const sealed = await sealFields(bench.keyring, Object.fromEntries(secrets), {
      connection,
      purpose: 'token',
    })
    const lease = await bench.lease(connection, { sealed })
    const input = { id: SPACED, 'a name': SPACED, tags: [SPACED, 'x'] }
    await bench.call({ connection, endpoint: 'list', lease, input, idempotencyKey: '' })
    const path = upstream.seen[0]?.path ?? ''
    expect(path).toContain(`/list/${WRITTEN}?a%20name=${WRITTEN}&tags=${WRITTEN}&tags=x`)
    expect(path).toContain(written)
    expect(path).not.toContain('+')
  })

  test.each([
    ['GET', { method: 'GET' }],
    ['POST with the parameters in the query', { body: 'query' }],
  ] as const)('of a token request by %s', async (_name, request) => {
    const auth = clientCredentials({
      tokenUrl: `${upstream.origin}/token?kept=a+b`,
      clientId: 'an app',
      clientAuthentication: 'client_secret_post',
      scope: 'read write',
      request,
    })
    const outcome = await authKindOf<AuthLike>(auth).mint({
      auth,
      account: 'acme',
      fields: { clientSecret: new Secret('canary + secret') },
      variables: { account: 'acme' },
      rules: {},
      resolve: () => Promise.reject(new Error('nothing to resolve')),
      exchangeOnce: createExchangeOnce({ network: LOOPBACK }),
      now: Date.now,
      randomBytes,
    })
    expect(outcome.outcome).toBe('granted')
    const path = upstream.seen[0]?.path ?? ''
    // What the definition writes stays as it is written.
    expect(path.startsWith('/token?kept=a+b&')).toBe(true)
    expect(readStrictly(path)).toMatchObject({
      client_id: 'an app',
      client_secret: 'canary + secret',
      scope: 'read write',
    })
  })

  test('of an authorization URL', async () => {
    const connector = defineConnector({
      id: 'desk',
      baseUrl: upstream.origin,
      auth: authorizationCode({
        authorizationUrl: 'https://login.example/auth?kept=a+b',
        tokenUrl: 'https://login.example/token',
        clientId: 'an app',
        clientSecret: secret('env:TEST_SPACED_SECRET'),
        scope: 'read write',
        authorizationParameters: { 'a name': SPACED },
      }),
      endpoints: { list: get('/list') },
    })
    const setup = await setUpTokenActivities([connector])
    const told = await setup.run('tokenkeeper.authorization-url', {
      connection: 'desk/default',
      redirectUri: 'https://app.example/a%20callback?x=a+b',
      codeChallenge: 'x'.repeat(43),
    })
    if (told.outcome === 'refused') throw new Error(told.message)
    expect(told.url).toMatch(/^https:\/\/login\.example\/auth\?kept=a\+b&/)
    expect(readStrictly(told.url)).toMatchObject({
      client_id: 'an app',
      scope: 'read write',
      'a name': SPACED,
      redirect_uri: 'https://app.example/a%20callback?x=a+b',
    })
  })
})
