import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import { withBodyField } from '../../../src/auth/kind/credential-location.js'
import { failureCode } from '../../../src/contract/failure.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }

function withField(
  headers: Record<string, string>,
  body: string | undefined,
  path = 'auth.key',
  method = 'POST',
): OutgoingRequest {
  const url = new URL('https://api.example/')
  return withBodyField({ method, url, headers, body }, path, 'k')
}

describe('in a JSON object', () => {
  test.each([
    ['{}', '{"auth":{"key":"k"}}'],
    ['{"a":1}', '{"a":1,"auth":{"key":"k"}}'],
    ['{"auth":{"user":"u"},"a":[1]}', '{"auth":{"user":"u","key":"k"},"a":[1]}'],
    ['{"auth":{"key":"mine"}}', '{"auth":{"key":"k"}}'],
    ['{"a":0.1,"b":-1.5e3,"c":900719925474099,"d":0.30000000000000004}', undefined],
    ['{"__proto__":{"x":1},"a":"\\u2603 \\" 12345678901234567890"}', undefined],
  ])('%s', (before, after) => {
    const { body } = withField(JSON_TYPE, before)
    const whole = JSON.parse(before) as { auth?: object }
    expect(body).toBe(after ?? JSON.stringify({ ...whole, auth: { key: 'k' } }))
  })

  test('all else is read again as what it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const { auth: _auth, ...rest } = object
        const before = JSON.stringify(rest)
        const { body = '' } = withField(JSON_TYPE, before)
        const { auth, ...after } = JSON.parse(body) as Record<string, unknown>
        expect(auth).toEqual({ key: 'k' })
        expect(JSON.stringify(after)).toBe(before)
      }),
    )
  })

  test('what JavaScript has written is never refused for its numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double({ noNaN: true }), fc.maxSafeInteger())), (list) => {
        const before = JSON.stringify({ list, text: '12345678901234567890\\"' })
        expect(withField(JSON_TYPE, before).body).toBe(
          JSON.stringify({ ...(JSON.parse(before) as object), auth: { key: 'k' } }),
        )
      }),
    )
  })

  test.each(['a', '\\', '"', '1'])('a text of millions of %j is no hindrance', (unit) => {
    const text = unit.repeat(8_000_000)
    const { body } = withField(JSON_TYPE, JSON.stringify({ text }), 'key')
    expect(body === JSON.stringify({ text, key: 'k' })).toBe(true)
  })

  test('a path that begins at a name of JavaScript itself touches no prototype', () => {
    const { body } = withField(JSON_TYPE, '{}', 'constructor.prototype')
    expect(body).toBe('{"constructor":{"prototype":"k"}}')
    expect(Object.prototype.constructor).toBe(Object)
  })

  test.each(['12345678901234567890', '0.12345678901234567891', '1e999', '-7615917337495251231'])(
    'keeps the digits of %s beside it',
    (number) => {
      expect(withField(JSON_TYPE, `{"id":${number}}`, 'key').body).toBe(
        `{"id":${number},"key":"k"}`,
      )
    },
  )

  test('is known by its content type, also a vendor one', () => {
    const type = { 'Content-Type': 'application/vnd.api+json; charset=utf-8' }
    expect(withField(type, '{}').body).toBe('{"auth":{"key":"k"}}')
  })
})

describe('in a form', () => {
  test.each([
    ['', 'auth.key=k'],
    ['a=b%20c&d', 'a=b%20c&d&auth.key=k'],
    ['auth.key=mine&a=1&auth%2Ekey=mine', 'a=1&auth.key=k'],
  ])('%s', (before, after) => {
    expect(withField(FORM_TYPE, before).body).toBe(after)
  })
})

test('a request without a body gets a JSON object, and says so', () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const { body, headers } = withField({ accept: 'x' }, undefined, 'key', method)
    expect(body).toBe('{"key":"k"}')
    expect(headers).toEqual({ accept: 'x', 'content-type': 'application/json' })
  }
  expect(withField(FORM_TYPE, undefined).body).toBe('auth.key=k')
})

test('the length of the body before is not told of the new one', () => {
  const { headers } = withField({ ...JSON_TYPE, 'Content-Length': '2', accept: 'x' }, '{}')
  expect(headers).toEqual({ ...JSON_TYPE, accept: 'x' })
})

test('the request itself stays as it was', () => {
  const headers = { ...JSON_TYPE, 'content-length': '2' }
  withField(headers, '{}')
  expect(headers).toEqual({ ...JSON_TYPE, 'content-length': '2' })
})

test.each<[string, Record<string, string>, string | undefined, RegExp, string?]>([
  ['a list', JSON_TYPE, '["canary"]', /its body is no JSON object/],
  ['a text', JSON_TYPE, '"canary"', /its body is no JSON object/],
  ['null', JSON_TYPE, 'null', /its body is no JSON object/],
  ['broken JSON', JSON_TYPE, '{"canary"', /its body is no JSON object/],
  ['an empty text', JSON_TYPE, '', /its body is no JSON object/],
  ['a value on the way', JSON_TYPE, '{"auth":"canary"}', /on the way to the field is no object/],
  ['a list on the way', JSON_TYPE, '{"auth":["canary"]}', /on the way to the field is no object/],
  ['XML', { 'content-type': 'text/xml' }, '<canary/>', /neither JSON nor application/],
  ['multipart', { 'content-type': 'multipart/form-data' }, 'canary', /neither JSON nor/],
  ['no content type', {}, '{"canary":1}', /neither JSON nor/],
  ['a GET', {}, undefined, /a GET has no body/, 'GET'],
  ['a HEAD', {}, undefined, /a HEAD has no body/, 'HEAD'],
])('%s is refused, and not repeated', (_name, headers, body, message, method) => {
  let thrown: unknown
  try {
    withField(headers, body, 'auth.key', method)
  } catch (error) {
    thrown = error
  }
  expect(failureCode(thrown)).toBe('InvalidInput')
  expect(String(thrown)).toMatch(message)
  expect(String(thrown)).toContain('auth.key')
  expect(String(thrown)).not.toContain('canary')
})
