import { randomBytes } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import type { ExchangeRequest } from '../../src/auth/kind/exchange.js'
import { jwtBearerKind } from '../../src/auth/jwt-bearer.js'
import { signAssertion } from '../../src/auth/oauth2/sign-assertion.js'
import { jwtBearer, type JwtBearerAuth } from '../../src/connectors/index.js'
import { Secret } from '../../src/sealing/secret.js'
import { startAuthorizationServer } from '../fixtures/authorization-server.js'
import { makeSigningKey } from '../fixtures/signing-keys.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { oauthCase } from './auth-kind-upstream.js'

async function jwtBearerCase(alg: 'RS256' | 'ES256' | 'EdDSA'): Promise<AuthKindCase> {
  const key = makeSigningKey(alg, 'key-1')
  const server = await startAuthorizationServer({
    clients: [{ clientId: 'app', clientSecret: '', authMethod: 'none' }],
    trustedIssuers: [{ issuer: 'me@acme.example', publicKey: key.publicKey }],
  })
  const auth = jwtBearer({
    tokenUrl: server.tokenUrl,
    clientId: 'app',
    scope: 'orders',
    assertion: { alg, kid: 'key-1', issuer: 'me@acme.example' },
  })
  const text = key.privateKey.trim()
  return {
    ...(await oauthCase(server, auth, text)),
    text,
    fields: { privateKey: text },
    bad: ['{}', 'canary-no-pem', '{"issuer":"canary"}', '{"type":"authorized_user"}'],
  }
}

testAuthKind('jwt-bearer', () => jwtBearerCase('RS256'))
testAuthKind('jwt-bearer', () => jwtBearerCase('ES256'))
testAuthKind('jwt-bearer', () => jwtBearerCase('EdDSA'))

const NOW_MS = Date.UTC(2026, 10, 25)
const RSA = makeSigningKey('RS256', 'key-id')

/** Mints against an endpoint that only listens: what was sent, and what came of the answer. */
async function send(
  auth: JwtBearerAuth,
  fields: Readonly<Record<string, string>>,
  answer = { status: 200, text: '{"access_token":"at","token_type":"Bearer","expires_in":3599}' },
) {
  const sent: ExchangeRequest[] = []
  const outcome = await jwtBearerKind.mint({
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
      const times = { sentAtMs: NOW_MS, answeredAtMs: NOW_MS }
      return Promise.resolve({ ...times, sent: true, headers: {}, ...answer })
    },
    now: () => NOW_MS,
    randomBytes,
  })
  return { outcome, body: new URLSearchParams(sent[0]?.body), request: sent[0] }
}

describe("a service account's key file", () => {
  const google = jwtBearer({
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scope: 'https://www.googleapis.com/auth/drive.readonly',
    assertion: { alg: 'RS256', scopeIn: 'assertion', withoutSubject: true, lifetimeMs: 3_600_000 },
  })
  const keyFile = {
    type: 'service_account',
    project_id: 'p',
    private_key_id: 'key-id',
    private_key: RSA.privateKey,
    client_email: 'robot@p.iam.gserviceaccount.com',
    client_id: '1234',
    token_uri: 'https://oauth2.googleapis.com/token',
  }

  test('is the whole credential: claims as Google documents them, no client sent', async () => {
    const { outcome, body, request } = await send(google, keyFile)
    expect(outcome).toMatchObject({ outcome: 'granted', lifetimeMs: 3_599_000 })
    expect(request?.url).toBe('https://oauth2.googleapis.com/token')
    expect(request?.headers['authorization']).toBeUndefined()
    expect([...body.keys()].sort()).toEqual(['assertion', 'grant_type'])
    expect(body.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const assertion = body.get('assertion') ?? ''
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-id' })
    expect(decodeJwt(assertion)).toEqual({
      iss: 'robot@p.iam.gserviceaccount.com',
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/drive.readonly',
      // Dated back, and never longer than was asked for.
      iat: NOW_MS / 1000 - 30,
      exp: NOW_MS / 1000 + 3570,
      jti: expect.any(String) as string,
    })
    await jwtVerify(assertion, RSA.publicKey, { currentDate: new Date(NOW_MS) })
  })

  test('delegates where the connection names a subject', async () => {
    const { body } = await send(google, { ...keyFile, subject: 'ada@acme.example' })
    expect(decodeJwt(body.get('assertion') ?? '').sub).toBe('ada@acme.example')
  })

  test.each(['https://evil.example/token', 'http://oauth2.googleapis.com/token', 'nonsense'])(
    'that names another token endpoint is refused: %s',
    (token_uri) => {
      const fields = Object.fromEntries(
        Object.entries({ ...keyFile, token_uri }).map(([name, one]) => [name, new Secret(one)]),
      )
      expect(jwtBearerKind.checkFields(fields, google)).toMatch(/token_uri .* another provider/)
    },
  )
})

describe('an assertion', () => {
  test('is new for every attempt', async () => {
    const auth = jwtBearer({ tokenUrl: 'https://login.example/token', assertion: { alg: 'RS256' } })
    const fields = { privateKey: RSA.privateKey, issuer: 'app' }
    const [first, second] = [await send(auth, fields), await send(auth, fields)]
    const ids = [first, second].map(({ body }) => decodeJwt(body.get('assertion') ?? '').jti)
    expect(new Set(ids).size).toBe(2)
  })

  test('that is refused is no dead grant: the connector or the key is wrong', async () => {
    const auth = jwtBearer({ tokenUrl: 'https://login.example/token', assertion: { alg: 'RS256' } })
    const fields = { privateKey: RSA.privateKey, issuer: 'app' }
    const { outcome } = await send(auth, fields, { status: 400, text: '{"error":"invalid_grant"}' })
    expect(outcome).toMatchObject({
      outcome: 'refused',
      class: 'misconfigured',
      code: 'invalid_grant',
    })
  })

  test('whose key does not fit the algorithm is not sent', async () => {
    const auth = jwtBearer({ tokenUrl: 'https://login.example/token', assertion: { alg: 'ES256' } })
    const fields = { privateKey: RSA.privateKey, issuer: 'app' }
    const { outcome, request } = await send(auth, fields)
    expect(outcome).toMatchObject({ class: 'misconfigured', code: 'unusable_key' })
    expect(request).toBeUndefined()
  })

  test('is the example of RFC 7523 section 4, but for iat in place of nbf', async () => {
    const key = makeSigningKey('ES256', '16')
    const assertion = await signAssertion(
      {
        key: new Secret(key.privateKey),
        alg: 'ES256',
        kid: '16',
        issuer: 'https://jwt-idp.example.com',
        subject: 'mailto:mike@example.com',
        audience: 'https://jwt-rp.example.net',
        lifetimeMs: 3_600_000,
        claims: { 'http://claims.example.com/member': true },
      },
      { now: () => 1300815780_000, randomBytes },
    )
    // "eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0" of the example, whose header this is.
    const example = JSON.parse(
      Buffer.from('eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0', 'base64url').toString(),
    ) as object
    expect(decodeProtectedHeader(assertion.reveal())).toMatchObject(example)
    const { payload } = await jwtVerify(assertion.reveal(), key.publicKey, {
      currentDate: new Date(1300815780_000),
    })
    expect(payload).toEqual({
      iss: 'https://jwt-idp.example.com',
      sub: 'mailto:mike@example.com',
      aud: 'https://jwt-rp.example.net',
      iat: 1300815750,
      exp: 1300819350,
      jti: expect.any(String) as string,
      'http://claims.example.com/member': true,
    })
  })
})

test.each([
  [{ assertion: { alg: 'HS256' as 'RS256' } }, /alg/],
  [{ assertion: { alg: 'RS256', claims: { exp: 1 } } as const }, /must not hold/],
  [{ assertion: { alg: 'RS256', lifetimeMs: 3_600_001 } as const }, /lifetimeMs/],
  [{ assertion: { alg: 'RS256', withoutSubject: true, subject: 'x' } as const }, /contradicts/],
])('a definition that contradicts itself is refused: %j', (more, problem) => {
  const auth = jwtBearer({ tokenUrl: 'https://login.example/token', ...more })
  expect(JSON.stringify(jwtBearerKind.schema.safeParse(auth).error)).toMatch(problem)
})
