import { describe, expect, test } from 'vitest'
import { formParameters, percentEncode } from '../../src/auth/kind/form-parameters.js'
import { oauth1Signature, signatureBaseString } from '../../src/auth/oauth1/signature.js'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import {
  SECTION_1_2,
  SECTION_3_4_1,
  SECTION_3_4_1_2,
  SECTION_3_4_1_3_1,
  type SignedExample,
} from './vectors/rfc5849.js'

function baseStringOf(example: SignedExample): string {
  const { method, url, headers, body, oauth } = example
  const request: OutgoingRequest = {
    method,
    url: new URL(url),
    headers: { ...headers },
    body,
  }
  return signatureBaseString(request, encoded(Object.entries(oauth)))
}

function encoded(pairs: readonly (readonly [string, string])[]) {
  return pairs.map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
}

describe('RFC 5849', () => {
  test.each([...SECTION_1_2, SECTION_3_4_1])('the signature of: $name', (example) => {
    const { consumerSecret, tokenSecret, signature } = example
    const keys = { consumerSecret, tokenSecret }
    expect(oauth1Signature('HMAC-SHA1', baseStringOf(example), keys)).toBe(signature)
  })

  test('3.4.1.1: the base string', () => {
    expect(baseStringOf(SECTION_3_4_1)).toBe(SECTION_3_4_1.baseString)
  })

  test.each(SECTION_3_4_1_2)('3.4.1.2: what is signed of %s', (url, baseUri) => {
    const request = { method: 'GET', url: new URL(url), headers: {} }
    expect(signatureBaseString(request, []).split('&')[1]).toBe(percentEncode(baseUri))
  })

  test('3.4.1.3.1: the parameters of query, header and body, decoded', () => {
    const { url, body = '', oauth } = SECTION_3_4_1
    const query = formParameters(new URL(url).search.slice(1))
    expect([...query, ...encoded(Object.entries(oauth)), ...formParameters(body)]).toEqual(
      encoded(SECTION_3_4_1_3_1),
    )
  })

  test('3.4.1.3.2: they are sorted and joined', () => {
    expect(baseStringOf(SECTION_3_4_1).split('&')[2]).toBe(percentEncode(SECTION_3_4_1.normalized))
  })

  test('3.4.1.3.1: a body that is no form, or in parts, is not signed', () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x']) {
      const headers = { 'content-type': type }
      const request = { method: 'POST', url: new URL('https://x.example/'), headers }
      expect(signatureBaseString({ ...request, body: 'a=1' }, [])).toBe(
        signatureBaseString(request, []),
      )
    }
  })
})
