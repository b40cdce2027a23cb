import { describe, expect, test } from 'vitest'
import { jwtKind } from '../../src/auth/jwt.js'
import { jwt, secret } from '../../src/connectors/index.js'
import type { JwtAlgorithm } from '../../src/auth/jwt/jwt-algorithms.js'
import type { JwtOptions } from '../../src/auth/jwt.js'
import { pythonWith } from '../fixtures/python-packages.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'
import {
  ALGORITHMS,
  context,
  HMAC_KEY,
  isSignedRight,
  minted,
  NOW_MS,
  pemOf,
  publicPemOf,
  readJwt,
} from './jwt-fixtures.js'

async function jwtCase(
  algorithm: JwtAlgorithm,
  options: Partial<JwtOptions> = {},
): Promise<AuthKindCase> {
  const name = options.location?.name.toLowerCase() ?? 'authorization'
  const prefix = options.location?.prefix ?? 'Bearer '
  const upstream = await startUpstream(({ headers }) => {
    const value = String(headers[name] ?? '')
    if (!value.startsWith(prefix)) return false
    const token = value.slice(prefix.length)
    const [header, { exp, iss }] = readJwt(token)
    return (
      isSignedRight(token, algorithm) &&
      iss === 'canary-issuer' &&
      Number(exp) * 1000 > Date.now() &&
      (header as { readonly kid?: string }).kid === 'acme'
    )
  })
  return {
    auth: jwt({
      algorithm,
      header: { kid: '{account}' },
      claims: { iss: '{issuer}' },
      fields: ['issuer'],
      lifetimeMs: 60_000,
      ...options,
    }),
    ...upstream,
    text: algorithm.startsWith('HS')
      ? `canary-issuer:${HMAC_KEY}`
      : JSON.stringify({ issuer: 'canary-issuer', key: pemOf(algorithm) }),
    fields: { issuer: 'canary-issuer', key: pemOf(algorithm) },
    bad: [
      '{}',
      '{"issuer":"canary"}',
      '{"issuer":"","key":"canary"}',
      '{"issuer":"canary","key":"canary-too-short"}',
    ],
    canaries: [],
  }
}

testAuthKind('jwt', () => jwtCase('HS256'))
testAuthKind('jwt', () => jwtCase('RS256'))
testAuthKind('jwt', () =>
  jwtCase('ES256', { location: { in: 'header', name: 'X-Signed', prefix: 'Ghost ' } }),
)

describe('jwt', () => {
  test.each(ALGORITHMS)('%s is signed as RFC 7518 says', async (algorithm) => {
    const { token } = await minted(jwt({ algorithm, lifetimeMs: 5000 }), { key: pemOf(algorithm) })
    expect(readJwt(token)[0]).toEqual({ typ: 'JWT', alg: algorithm })
    expect(isSignedRight(token, algorithm)).toBe(true)
    const [head, payload, mac] = token.split('.')
    const forged = Buffer.from('{"iat":1,"exp":9999999999}').toString('base64url')
    expect(isSignedRight(`${head ?? ''}.${forged}.${mac ?? ''}`, algorithm)).toBe(false)
    expect(payload).not.toBe(forged)
  })

  test('PyJWT, which nobody here wrote, takes every algorithm', async ({ skip }) => {
    const python = await pythonWith(['PyJWT==2.10.1', 'cryptography==45.0.7'])
    if (python === undefined) return skip("pip can't install PyJWT here")
    const cases = await Promise.all(
      ALGORITHMS.map(async (alg) => {
        const auth = jwt({ algorithm: alg, claims: { aud: 'api' }, lifetimeMs: 60_000 })
        const { token } = await minted(auth, { key: pemOf(alg) })
        return { alg, token, key: alg.startsWith('HS') ? HMAC_KEY : publicPemOf(alg) }
      }),
    )
    const claims = await python(VERIFY, cases)
    const all = { aud: 'api', iat: 1768478400, exp: 1768478460 }
    expect(claims).toEqual(ALGORITHMS.map(() => all))
  })

  test('times, ids and templates are what the definition says', async () => {
    const auth = jwt({
      algorithm: 'HS256',
      header: { kid: '{keyId}', typ: 'at+jwt' },
      claims: {
        iss: '{keyId}.{account}',
        aud: ['https://{region}.api.example', 'x'],
        n: 7,
        deep: { list: [{ a: '{account}' }, null, true] },
      },
      fields: ['keyId'],
      lifetimeMs: 300_000,
      backdateMs: 60_000,
      notBefore: true,
      tokenId: true,
    })
    const { token, ...dates } = await minted(auth, { key: HMAC_KEY, keyId: 'k{account}"1' })
    const [header, claims] = readJwt(token)
    const second = Math.floor(NOW_MS / 1000)
    expect(header).toEqual({ typ: 'at+jwt', alg: 'HS256', kid: 'k{account}"1' })
    expect(claims).toEqual({
      iss: 'k{account}"1.acme',
      aud: ['https://eu-1.api.example', 'x'],
      n: 7,
      deep: { list: [{ a: 'acme' }, null, true] },
      iat: second - 60 + 0,
      nbf: second - 60,
      exp: second + 300,
      jti: '_____________________w',
    })
    expect(dates).toMatchObject({
      sentAtMs: NOW_MS,
      answeredAtMs: NOW_MS,
      lifetimeMs: (second + 300) * 1000 - NOW_MS,
    })
  })

  test('the key may be the connector’s: a connection then brings the fields, or nothing', async () => {
    const auth = jwt({ algorithm: 'HS256', key: secret('env:K'), lifetimeMs: 5000 })
    expect(jwtKind.fields(auth)).toEqual([])
    expect(jwtKind.checkFields({}, auth)).toBeUndefined()
    expect(isSignedRight((await minted(auth, {})).token, 'HS256')).toBe(true)
    const missing = await jwtKind.mint(context({ ...auth, key: secret('env:EMPTY') }, {}))
    expect(missing).toMatchObject({ outcome: 'refused', class: 'misconfigured' })
  })

  test('a value that a variable may not have is not signed', async () => {
    const auth = jwt({ algorithm: 'HS256', claims: { iss: '{region}' }, lifetimeMs: 5000 })
    const outcome = await jwtKind.mint({
      ...context(auth, { key: HMAC_KEY }),
      variables: { account: 'acme', region: 'a b' },
    })
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'missing_value' })
  })
})

const VERIFY = `
import json, sys, jwt
claims = []
for case in json.load(sys.stdin):
    options = {"verify_exp": False, "verify_iat": False}
    claims.append(jwt.decode(case["token"], case["key"], [case["alg"]], audience="api", options=options))
print(json.dumps(claims))
`
