import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { jwtKind } from '../../src/auth/jwt.js'
import {
  defineConnector,
  get,
  InvalidDefinition,
  type JwtAuth,
  jwt,
} from '../../src/connectors/index.js'
import type { JwtAlgorithm } from '../../src/auth/jwt/jwt-algorithms.js'
import type { JwtOptions } from '../../src/auth/jwt.js'
import { Secret } from '../../src/sealing/secret.js'
import {
  context,
  HMAC_KEY,
  isSignedRight,
  minted,
  pairs,
  pemOf,
  publicPemOf,
  rsa,
} from './jwt-fixtures.js'

describe('keys of jwt', () => {
  test.each<[string, Partial<JwtOptions>, string]>([
    ['text', {}, HMAC_KEY],
    ['hex', { keyFormat: 'hex' }, Buffer.from(HMAC_KEY).toString('hex')],
    ['base64', { keyFormat: 'base64' }, Buffer.from(HMAC_KEY).toString('base64')],
    ['base64url', { keyFormat: 'base64' }, Buffer.from(HMAC_KEY).toString('base64url')],
  ])('a key written as %s signs the same', async (_name, options, key) => {
    const auth = jwt({ algorithm: 'HS256', lifetimeMs: 5000, ...options })
    const { token } = await minted(auth, { key })
    expect(isSignedRight(token, 'HS256')).toBe(true)
  })

  test('a private key may be DER in base64, PKCS #1, SEC 1, or PEM with \\n for line breaks', async () => {
    const der = rsa.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
    const pkcs1 = String(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }))
    const sec1 = String(pairs.ES256?.privateKey.export({ type: 'sec1', format: 'pem' }))
    const escaped = pemOf('RS256').replaceAll('\n', '\\n')
    for (const [algorithm, key, keyFormat] of [
      ['RS256', der, 'base64'],
      ['RS256', pkcs1, 'pem'],
      ['ES256', sec1, 'pem'],
      ['RS256', escaped, 'pem'],
    ] as const) {
      const auth = jwt({ algorithm, keyFormat, lifetimeMs: 5000 })
      expect(isSignedRight((await minted(auth, { key })).token, algorithm)).toBe(true)
    }
  })

  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const locked = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' },
  }).privateKey
  test.each<[JwtAlgorithm, JwtAuth['keyFormat'], string, string]>([
    ['HS256', 'text', 'canary'.padEnd(31, 'x'), 'key has less than the 32 bytes that HS256 needs'],
    ['HS384', 'text', 'canary'.padEnd(47, 'x'), 'key has less than the 48 bytes that HS384 needs'],
    ['HS512', 'text', 'canary'.padEnd(63, 'x'), 'key has less than the 64 bytes that HS512 needs'],
    ['HS256', 'hex', `canary${'0'.repeat(64)}`, 'key is not written in hex'],
    ['HS256', 'hex', '0'.repeat(65), 'key is not written in hex'],
    ['HS256', 'base64', `canary ${'0'.repeat(64)}`, 'key is not written in base64'],
    ['RS256', 'pem', 'canary', 'key is no private key in PEM without a passphrase'],
    ['RS256', 'pem', locked, 'key is no private key in PEM without a passphrase'],
    ['RS256', 'pem', publicPemOf('RS256'), 'key is no private key in PEM without a passphrase'],
    ['RS256', 'base64', 'canary', 'key is no private key in base64 of PKCS #8'],
    [
      'RS256',
      'pem',
      String(small.export({ type: 'pkcs8', format: 'pem' })),
      'key has less than 2048 bits',
    ],
    ['RS256', 'pem', pemOf('ES256'), 'key is not one for RSA'],
    ['PS256', 'pem', pemOf('EdDSA'), 'key is not one for RSA'],
    ['ES256', 'pem', pemOf('ES384'), 'key is not one for P-256'],
    ['ES384', 'pem', pemOf('ES512'), 'key is not one for P-384'],
    ['ES512', 'pem', pemOf('RS256'), 'key is not one for P-521'],
    ['EdDSA', 'pem', pemOf('ES256'), 'key is not one for Ed25519'],
  ])('%s (%s) refuses a key that does not fit', async (algorithm, keyFormat, key, problem) => {
    const auth = jwt({ algorithm, keyFormat, lifetimeMs: 5000 })
    expect(jwtKind.checkFields({ key: new Secret(key) }, auth)).toBe(problem)
    const outcome = await jwtKind.mint(context(auth, { key }))
    expect(outcome).toMatchObject({
      outcome: 'refused',
      class: 'misconfigured',
      code: 'unusable_key',
    })
    expect(inspect(outcome)).not.toContain(key.slice(0, 40))
  })
})

describe('definitions of jwt', () => {
  test.each<[string, Partial<JwtOptions>, string]>([
    ['an unknown algorithm', { algorithm: 'none' as never }, 'auth.algorithm'],
    ['a PEM for HMAC', { keyFormat: 'pem' }, 'auth.keyFormat'],
    ['hex for RSA', { algorithm: 'RS256', keyFormat: 'hex' }, 'auth.keyFormat'],
    ['a key in the definition', { key: HMAC_KEY as never }, 'auth.key'],
    ['a claim of its own', { claims: { exp: 1 } }, 'auth.claims.exp'],
    ['an own alg', { header: { alg: 'none' } }, 'auth.header.alg'],
    ['an unknown field', { claims: { iss: '{issuer}' } }, 'auth.claims.iss'],
    ['the key as a claim', { claims: { iss: '{key}' } }, 'auth.claims.iss'],
    ['a field that nothing uses', { fields: ['issuer'] }, 'auth.fields'],
    ['a lone brace', { claims: { iss: '}x' } }, 'auth.claims.iss'],
    ['no lifetime', { lifetimeMs: 0 }, 'auth.lifetimeMs'],
    ['a header of HTTP', { location: { in: 'header', name: 'Host' } }, 'auth.location.name'],
    [
      'a quirk of refresh tokens',
      { refresh: { graceWindowMs: 1 } as never },
      'auth.refresh.graceWindowMs',
    ],
  ])('a definition with %s is refused at load', (_name, options, path) => {
    const auth = jwt({ algorithm: 'HS256', lifetimeMs: 5000, ...options })
    const define = () =>
      defineConnector({
        id: 'shop',
        baseUrl: 'https://shop.example',
        auth,
        endpoints: { a: get('/a') },
      })
    expect(define).toThrow(InvalidDefinition)
    try {
      define()
    } catch (error) {
      const { problems } = error as InvalidDefinition
      expect(problems.map((problem) => problem.path)).toContain(path)
      for (const { example } of problems) expect(example).not.toBe('')
      expect(String(error)).not.toContain('canary')
    }
  })
})
