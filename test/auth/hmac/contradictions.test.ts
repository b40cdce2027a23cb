import { describe, expect, test } from 'vitest'
import { defineConnector, get, hmac, type HmacAuth } from '../../../src/connectors/index.js'

const GOOD: Omit<HmacAuth, 'kind'> = {
  algorithm: 'hmac-sha256',
  text: '{timestamp}{method}{target}{body}',
  encoding: 'hex',
  timestamp: 'seconds',
  fields: ['keyId'],
  headers: { 'X-Timestamp': '{timestamp}', Authorization: 'HMAC {keyId}:{signature}' },
}

function problemOf(changes: Partial<Record<keyof HmacAuth, unknown>>): string {
  const auth = hmac({ ...GOOD, ...changes } as typeof GOOD)
  try {
    defineConnector({
      id: 'shop',
      baseUrl: 'https://shop.example',
      auth,
      endpoints: { a: get('/a') },
    })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('definitions that contradict themselves are refused while they load', () => {
  test('the one they differ from is accepted', () => {
    expect(problemOf({})).toBe('')
  })

  test.each<[string, Partial<Record<keyof HmacAuth, unknown>>, RegExp]>([
    [
      'an unknown part',
      { text: '{timestamp}{verb}' },
      /auth\.text holds a placeholder that is none of \{method\}, \{host\}/,
    ],
    [
      'a field that is not declared',
      { text: '{timestamp}{tenant}' },
      /auth\.text holds a placeholder/,
    ],
    [
      'an unknown field in a header',
      { headers: { ...GOOD.headers, 'X-Key': '{apiKey}' } },
      /auth\.headers\["X-Key"\] holds a placeholder that is none of \{timestamp\}/,
    ],
    [
      'the secret in a header',
      { headers: { ...GOOD.headers, 'X-Key': '{secret}' } },
      /auth\.headers\["X-Key"\] holds a placeholder/,
    ],
    [
      'the secret in the query',
      { query: { key: '{secret}' } },
      /auth\.query\.key holds a placeholder/,
    ],
    [
      'a part of the request in a header',
      { headers: { ...GOOD.headers, 'X-Path': '{path}' } },
      /auth\.headers\["X-Path"\] holds a placeholder/,
    ],
    [
      'no signature placed',
      { headers: { 'X-Timestamp': '{timestamp}', 'X-Key': '{keyId}' } },
      /auth puts the signature nowhere/,
    ],
    [
      'a signed timestamp that is not sent',
      { headers: { Authorization: 'HMAC {keyId}:{signature}' } },
      /auth\.timestamp is signed but not sent/,
    ],
    [
      'a signed nonce that is not sent',
      { nonce: 'hex', text: '{nonce}{timestamp}' },
      /auth\.nonce is signed but not sent/,
    ],
    [
      'a timestamp without a format',
      { timestamp: undefined },
      /auth\.timestamp is missing: a template holds \{timestamp\}/,
    ],
    ['a nonce that nobody reads', { nonce: 'uuid' }, /auth\.nonce is used by no template/],
    [
      'a hash of the body that nobody reads',
      { bodyHash: { hash: 'sha256', encoding: 'hex' } },
      /auth\.bodyHash is used by no template/,
    ],
    [
      'a field that nobody reads',
      { fields: ['keyId', 'tenant'] },
      /auth\.fields\[1\] is used by no template: write \{tenant\} into one/,
    ],
    [
      'a field with the name of a part',
      { fields: ['keyId', 'path'] },
      /auth\.fields\[1\] has a name that means something else here/,
    ],
    ['a field named twice', { fields: ['keyId', 'keyId'] }, /auth\.fields\[1\] is named twice/],
    [
      'a header set twice',
      { headers: { ...GOOD.headers, 'x-timestamp': '{timestamp}' } },
      /auth\.headers\["x-timestamp"\] is set twice/,
    ],
    [
      'a header of HTTP itself',
      { headers: { ...GOOD.headers, Host: '{timestamp}' } },
      /auth\.headers\.Host must be the name of a header/,
    ],
    [
      'a signature over itself',
      { text: '{timestamp}{header:authorization}' },
      /auth\.headers\.Authorization holds the signature, so it can not be signed itself/,
    ],
    [
      'the name of no header',
      { text: '{timestamp}{header:content-length}' },
      /auth\.text holds a placeholder/,
    ],
    [
      'a brace without a partner',
      { text: '{timestamp}{method' },
      /auth\.text holds a brace that belongs to no placeholder/,
    ],
    [
      'a plain hash that anybody could make',
      { algorithm: 'sha256' },
      /auth\.text is hashed without a key: anybody could\. It must hold \{secret\}/,
    ],
    [
      'an encoding of a key that a plain hash has not',
      { algorithm: 'sha256', text: '{timestamp}{secret}', keyEncoding: 'hex' },
      /auth\.keyEncoding is of a key, and a plain hash has none/,
    ],
    ['an unknown hash', { algorithm: 'hmac-md5' }, /auth\.algorithm must be 'hmac-sha1' or/],
    [
      'line feeds in a header',
      { headers: { ...GOOD.headers, 'X-Key': '{keyId}\n' } },
      /auth\.headers\["X-Key"\]/,
    ],
  ])('%s', (_name, changes, problem) => {
    expect(problemOf(changes)).toMatch(problem)
    // With an example of right.
    expect(problemOf(changes)).toMatch(/hmac\(\{|'\{|: '/)
  })
})
