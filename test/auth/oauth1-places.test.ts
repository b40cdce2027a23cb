import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest, SigningContext } from '../../src/auth/kind/auth-kind.js'
import { oauth1Kind } from '../../src/auth/oauth1.js'
import {
  defineConnector,
  get,
  InvalidDefinition,
  oauth1,
  type OAuth1Auth,
  secret,
} from '../../src/connectors/index.js'
import type { OAuth1Options } from '../../src/auth/oauth1.js'
import { failureCode } from '../../src/contract/failure.js'
import { Secret } from '../../src/sealing/secret.js'

const token = { token: new Secret('tk'), tokenSecret: new Secret('canary-secret') }
const keys = { consumerKey: 'app', consumerSecret: secret('env:C') }
const signing: SigningContext = {
  now: () => 1_768_478_400_999,
  randomBytes: (size) => new Uint8Array(size).fill(7),
  resolve: () => Promise.resolve(new Secret('canary-consumer')),
  variables: { account: '1234567-sb1' },
}
const form: OutgoingRequest = {
  method: 'POST',
  url: new URL('https://api.example/orders?page=2&oauth_nonce=old'),
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body: 'b=1&oauth_token=old',
}
const make = (options: Partial<OAuth1Options>): OAuth1Auth =>
  oauth1({ signatureMethod: 'HMAC-SHA256', ...keys, ...options })
const sign = async (auth: OAuth1Auth, request: OutgoingRequest = form, context = signing) =>
  await oauth1Kind.authorize(request, token, auth, context)

describe('oauth1', () => {
  test('in the query, in place of what stood there', async () => {
    const { url, body, headers } = await sign(make({ in: 'query' }))
    expect([...url.searchParams.keys()]).toEqual([
      'page',
      'oauth_consumer_key',
      'oauth_nonce',
      'oauth_signature_method',
      'oauth_timestamp',
      'oauth_token',
      'oauth_version',
      'oauth_signature',
    ])
    expect(url.searchParams.get('oauth_timestamp')).toBe('1768478400')
    expect(url.searchParams.get('oauth_nonce')).toBe('07'.repeat(16))
    expect({ body, headers }).toEqual({ body: form.body, headers: form.headers })
  })

  test('in a form body, in place of what stood there', async () => {
    const { url, body } = await sign(make({ in: 'body' }))
    const fields = new URLSearchParams(body)
    expect(url.href).toBe(form.url.href)
    expect(fields.get('b')).toBe('1')
    expect(fields.getAll('oauth_token')).toEqual(['tk'])
    expect(fields.get('oauth_signature')).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  })

  test.each<[string, Partial<OutgoingRequest>]>([
    ['GET', { method: 'GET' }],
    ['JSON', { headers: { 'content-type': 'application/json' } }],
  ])('in the body of a %s request: refused, nothing is sent', async (_name, change) => {
    const failure: unknown = await sign(make({ in: 'body' }), { ...form, ...change }).catch(
      (error: unknown) => error,
    )
    expect(failureCode(failure)).toBe('InvalidInput')
  })

  test('NetSuite: the realm is the account as NetSuite writes it', async () => {
    const auth = make({ realm: '{account}', realmForm: 'upper-underscore' })
    const { headers } = await sign(auth)
    expect(headers['authorization']).toMatch(/^OAuth realm="1234567_SB1", oauth_consumer_key="app"/)
  })

  test('a realm without its value is not sent', async () => {
    const { variables: _none, ...context } = signing
    const failure: unknown = await sign(make({ realm: '{account}' }), form, context).catch(
      (error: unknown) => error,
    )
    expect(failureCode(failure)).toBe('InvalidConnection')
  })

  test('nonce and time are new for every attempt', async () => {
    let calls = 0
    const context = {
      ...signing,
      now: () => (calls += 1) * 1000,
      randomBytes: (size: number) => new Uint8Array(size).fill(calls),
    }
    const [one, other] = [await sign(make({}), form, context), await sign(make({}), form, context)]
    for (const name of ['oauth_nonce', 'oauth_timestamp', 'oauth_signature']) {
      const value = (headers: Record<string, string>): string | undefined =>
        new RegExp(`${name}="([^"]*)"`).exec(headers['authorization'] ?? '')?.[1]
      expect(value(one.headers)).not.toBe(value(other.headers))
    }
  })

  test('two legs: no token, signed by the consumer alone', async () => {
    const auth = make({ twoLegged: true })
    const { headers } = await oauth1Kind.authorize(form, {}, auth, signing)
    expect(headers['authorization']).not.toContain('oauth_token')
    expect(oauth1Kind.checkFields({}, auth)).toBeUndefined()
  })

  test('a key for RSA that can not sign is refused at connect', () => {
    const auth = oauth1({ signatureMethod: 'RSA-SHA1', consumerKey: 'app' })
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const pem = String(small.export({ type: 'pkcs8', format: 'pem' }))
    const check = (privateKey: string) =>
      oauth1Kind.checkFields({ ...token, privateKey: new Secret(privateKey) }, auth)
    expect(check(pem)).toBe('privateKey has less than 2048 bits')
    expect(check('canary')).toBe('privateKey is no private key in PEM without a passphrase')
    expect(oauth1Kind.checkFields(token, auth)).toBe('it lacks the field privateKey')
  })

  test.each<[string, Partial<OAuth1Options>, string]>([
    ['an unknown method', { signatureMethod: 'HMAC-MD5' as never }, 'auth.signatureMethod'],
    ['a secret in the definition', { consumerSecret: 'canary' as never }, 'auth.consumerSecret'],
    ['a consumer secret for RSA', { signatureMethod: 'RSA-SHA1' }, 'auth.consumerSecret'],
    ['a private key for HMAC', { privateKey: secret('env:K') }, 'auth.privateKey'],
    ['a realm in the query', { in: 'query', realm: 'x' }, 'auth.realm'],
    ['a realm that ends the quotes', { realm: 'x", y="' }, 'auth.realm'],
    ['a realm over an unknown name', { realm: '{shop}' }, 'auth.realm'],
    ['a form without a realm', { realmForm: 'upper-underscore' }, 'auth.realmForm'],
  ])('a definition with %s is refused at load', (_name, options, path) => {
    const define = () =>
      defineConnector({
        id: 'shop',
        baseUrl: 'https://shop.example',
        auth: make(options),
        endpoints: { a: get('/a') },
      })
    expect(define).toThrow(InvalidDefinition)
    try {
      define()
    } catch (error) {
      const { problems } = error as InvalidDefinition
      expect(problems.map((problem) => problem.path)).toContain(path)
      expect(String(error)).not.toContain('canary')
    }
  })
})
