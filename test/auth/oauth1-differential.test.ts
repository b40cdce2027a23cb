import { createHmac, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import OAuth from 'oauth-1.0a'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { oauth1Kind } from '../../src/auth/oauth1.js'
import { oauth1 } from '../../src/connectors/index.js'
import type { OAuth1Options } from '../../src/auth/oauth1.js'
import { Secret } from '../../src/sealing/secret.js'
import { pythonWith } from '../fixtures/python-packages.js'

const CASES = 600
const NOW_MS = 1_768_478_400_000
const NONCE = '07'.repeat(16)
const PEM = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }),
)

interface Case {
  readonly method: string
  readonly url: string
  readonly form?: string | undefined
  readonly signatureMethod: OAuth1Options['signatureMethod']
  readonly consumerKey: string
  readonly token: string
  readonly consumerSecret: string
  readonly tokenSecret: string
}

async function ourSignature(one: Case): Promise<string> {
  const auth = oauth1({ signatureMethod: one.signatureMethod, consumerKey: one.consumerKey })
  const request: OutgoingRequest = {
    method: one.method,
    url: new URL(one.url),
    headers: one.form === undefined ? {} : { 'Content-Type': FORM },
    body: one.form,
  }
  const { consumerSecret, token, tokenSecret } = one
  const texts = one.signatureMethod.startsWith('RSA')
    ? { token, privateKey: PEM }
    : { token, tokenSecret, consumerSecret }
  const secrets = Object.entries(texts).map(([name, text]) => [name, new Secret(text)] as const)
  const signed = await oauth1Kind.authorize(request, Object.fromEntries(secrets), auth, {
    now: () => NOW_MS,
    randomBytes: (size) => new Uint8Array(size).fill(7),
    resolve: () => Promise.reject(new Error('names no secret')),
  })
  const header = signed.headers['authorization'] ?? ''
  return decodeURIComponent(/oauth_signature="([^"]*)"/.exec(header)?.[1] ?? '')
}

const FORM = 'application/x-www-form-urlencoded'
const anyText = fc.string({ unit: 'binary', maxLength: 12 })
const secretText = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })

/** How each byte of a text is written: as it is where oauthlib lets it (it refuses the rest), or percent-encoded in either case. */
function spelled(text: string, how: readonly number[]): string {
  return [...Buffer.from(text)]
    .map((byte, at) => {
      const character = String.fromCharCode(byte)
      const choice = how[at % how.length] ?? 0
      if (/[A-Za-z0-9\-._~]/.test(character) && choice > 0) return character
      if (/[!*(),:@/?$;]/.test(character) && choice === 1) return character
      if (character === ' ' && choice === 1) return '+'
      const hex = `%${byte.toString(16).padStart(2, '0')}`
      return choice === 2 ? hex.toUpperCase() : hex
    })
    .join('')
}

const spelling = fc.array(fc.nat(3), { minLength: 1, maxLength: 12 })
const spelledText = fc.tuple(anyText, spelling).map(([text, how]) => spelled(text, how))
/** Few names, so that they are repeated; with or without `=`. */
const pair = fc.oneof(
  fc.tuple(fc.oneof(fc.constantFrom('a', 'a%40', 'b', 'B', 'a+'), spelledText), spelledText),
  fc.tuple(fc.constantFrom('c', 'c2', 'a'), fc.constant(undefined)),
)
const parameters = fc
  .array(pair, { maxLength: 6 })
  .map((pairs) => pairs.map((one) => one.filter((part) => part !== undefined).join('=')).join('&'))
const origin = fc.constantFrom(
  'https://api.example',
  'https://API.Example:443',
  'http://api.example:80',
  'https://api.example:8443',
)
const path = fc.array(
  spelledText.filter((part) => !/[?;]|^(?:\.|%2e){1,2}$/i.test(part)),
  {
    maxLength: 3,
  },
)
const request = fc.oneof(
  fc.record({ method: fc.constantFrom('GET', 'DELETE', 'POST', 'PATCH') }),
  fc.record({ method: fc.constantFrom('POST', 'PUT', 'PATCH'), form: parameters }),
)
const anyCase: fc.Arbitrary<Case> = fc
  .tuple(
    request,
    origin,
    path,
    parameters,
    fc.record({
      signatureMethod: fc.constantFrom('HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT'),
      consumerKey: fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
      token: secretText,
      consumerSecret: secretText,
      tokenSecret: secretText,
    }),
  )
  .map(([asked, at, parts, query, keys]) => ({
    ...asked,
    ...keys,
    // What is sent is what URL makes of it.
    url: new URL(`${at}/${parts.join('/')}${query === '' ? '' : `?${query}`}`).href,
  }))

/**
 * `oauth-1.0a` is right only for a part of what there is (RFC 5849 section 3.4.1.1 is not in it), so
 * it is asked only for that: names of the query are unreserved characters, since it does not decode
 * them; values have no `+`, `=` or `?` as they are; no name is in both query and body, since it keeps one of
 * the two; a name that is repeated has no empty value, since it drops that; and no port that is the default.
 */
const plainName = fc.stringMatching(/^p[A-Za-z0-9._~-]{0,4}$/)
const plainPairs = fc.array(fc.tuple(plainName, fc.string({ unit: 'binary', minLength: 1 })), {
  maxLength: 5,
})
const plainCase = fc.tuple(anyCase, plainPairs, plainPairs).map(([any, query, body]) => {
  const write = (pairs: readonly (readonly [string, string])[]): string =>
    pairs
      .map(([name, value]) => `${name}=${spelled(value, [3, 2]).replaceAll('+', '%20')}`)
      .join('&')
  const ofQuery = write(query)
  const inBody = body.map(([name, value]) => [`q${name}`, value] as const)
  const url = new URL(any.url)
  url.search = ofQuery
  return {
    ...any,
    url: url.href,
    form: any.form === undefined ? undefined : write(inBody),
    inBody,
  }
})

describe('OAuth 1.0a signs as others do', () => {
  test(`npm oauth-1.0a, ${CASES} cases of what it can`, async () => {
    await fc.assert(
      fc.asyncProperty(plainCase, async ({ inBody, ...one }) => {
        const data: Record<string, string | string[]> = {}
        for (const [name, value] of one.form === undefined ? [] : inBody)
          data[name] = [data[name] ?? [], value].flat()
        expect(await ourSignature(one)).toBe(npmSignature(one, data))
      }),
      { numRuns: CASES },
    )
  })

  test(`Python's oauthlib, ${CASES} cases of anything, and RSA`, async ({ skip }) => {
    const python = await pythonWith(['oauthlib==3.2.2', 'PyJWT==2.10.1', 'cryptography==45.0.7'])
    if (python === undefined) return skip("pip can't install oauthlib here")
    const seed = Date.now() % 2 ** 31
    const signed = fc.sample(anyCase, { numRuns: CASES, seed })
    const rsa = signed.slice(0, 100).map((one, at): Case => ({
      ...one,
      signatureMethod: at % 2 === 0 ? 'RSA-SHA1' : 'RSA-SHA256',
    }))
    const cases = [...signed, ...rsa]
    const theirs = (await python(OAUTHLIB, { cases, pem: PEM, nonce: NONCE })) as string[]
    expect(theirs).toHaveLength(CASES + 100)
    for (const [at, one] of cases.entries())
      expect(await ourSignature(one), `seed ${seed}: ${JSON.stringify(one)}`).toBe(theirs[at])
  })
})

function npmSignature(one: Case, data: Record<string, string | string[]>): string {
  const hash = one.signatureMethod === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  const signer = new OAuth({
    consumer: { key: one.consumerKey, secret: one.consumerSecret },
    signature_method: one.signatureMethod,
    hash_function: (text, key) =>
      one.signatureMethod === 'PLAINTEXT'
        ? key
        : createHmac(hash, key).update(text).digest('base64'),
  })
  return signer.getSignature({ method: one.method, url: one.url, data }, one.tokenSecret, {
    oauth_consumer_key: one.consumerKey,
    oauth_nonce: NONCE,
    oauth_signature_method: one.signatureMethod,
    oauth_timestamp: NOW_MS / 1000,
    oauth_token: one.token,
    oauth_version: '1.0',
  })
}

const OAUTHLIB = `
import json, re, sys, urllib.parse
from oauthlib.oauth1 import Client
given = json.load(sys.stdin)
found = []
for case in given["cases"]:
    client = Client(case["consumerKey"], client_secret=case["consumerSecret"],
        resource_owner_key=case["token"], resource_owner_secret=case["tokenSecret"],
        signature_method=case["signatureMethod"], rsa_key=given["pem"],
        nonce=given["nonce"], timestamp="1768478400")
    form = case.get("form")
    headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    _, headers, _ = client.sign(case["url"], case["method"], form, headers)
    found.append(urllib.parse.unquote(re.search('oauth_signature="([^"]*)"', headers["Authorization"]).group(1)))
print(json.dumps(found))
`
