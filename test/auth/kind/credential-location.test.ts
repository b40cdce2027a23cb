import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutgoingRequest } from '../../../src/auth/kind/auth-kind.js'
import {
  type CredentialLocation,
  locationTakenTwice,
  putAt,
  valueProblem,
} from '../../../src/auth/kind/credential-location.js'
import { failureCode } from '../../../src/contract/failure.js'
import { Cookie } from 'tough-cookie'

function requestWith(
  headers: Record<string, string> = {},
  url = 'https://api.example/a%2Fb?x=1',
): OutgoingRequest {
  return { method: 'GET', url: new URL(url), headers }
}

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}$/)
// RFC 6265 section 4.1.1, written from there.
const octets = '!' + range(0x23, 0x2b) + range(0x2d, 0x3a) + range(0x3c, 0x5b) + range(0x5d, 0x7e)
const cookieValue = fc.string({
  unit: fc.constantFrom(...Array.from(octets)),
  minLength: 1,
  maxLength: 40,
})

function range(from: number, to: number): string {
  return String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, index) => from + index))
}

describe('a cookie', () => {
  const put = (headers: Record<string, string>, name: string, value: string) =>
    putAt(requestWith(headers), { in: 'cookie', name }, value).headers

  test('joins those of the request, which stay as they are, and replaces its namesake', () => {
    const others = fc.uniqueArray(fc.tuple(token, cookieValue), { selector: ([name]) => name })
    fc.assert(
      fc.property(others, token, cookieValue, fc.boolean(), (cookies, name, value, taken) => {
        const kept = cookies.filter(([other]) => other !== name)
        const before = taken ? [...kept, [name, 'old']] : kept
        const text = before.map((pair) => pair.join('=')).join('; ')
        const { cookie } = put(before.length === 0 ? {} : { Cookie: text }, name, value)
        // Read by a library that is not ours.
        const read = (cookie ?? '').split('; ').map((pair) => Cookie.parse(pair, { loose: false }))
        expect(read.map((one) => [one?.key, one?.value])).toEqual([...kept, [name, value]])
      }),
    )
  })

  test('comes in one header, whatever the case of those before', () => {
    const headers = put({ Cookie: 'a=1', accept: 'x', cookie: ' b=2;;c="3" ;' }, 'k', 'v')
    expect(headers).toEqual({ accept: 'x', cookie: 'a=1; b=2; c="3"; k=v' })
  })

  test('may stand in double quotes, as the RFC has it', () => {
    expect(put({}, 'k', '"v"')).toEqual({ cookie: 'k="v"' })
  })

  test('with a character that no cookie can hold is refused without repeating it', () => {
    const bad = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        bad.filter(
          (text) => Array.from(text).some((one) => !octets.includes(one)) && text !== '""',
        ),
        (text) => {
          const value = `canary-${text}`
          expect(valueProblem({ in: 'cookie', name: 'k' }, value)).toMatch(/what no cookie can/)
          const error = thrownBy(() => put({}, 'k', value))
          expect(failureCode(error)).toBe('InvalidInput')
          expect(String(error)).not.toContain('canary')
        },
      ),
    )
  })
})

describe('a query parameter', () => {
  const put = (url: string, name: string, value: string) =>
    putAt(requestWith({}, url), { in: 'query', name }, value).url.href

  test.each([
    ['https://a.example/', 'https://a.example/?key=v'],
    ['https://a.example/?b=1%202&c=a+b&d', 'https://a.example/?b=1%202&c=a+b&d&key=v'],
    ['https://a.example/?key=1&b=2&k%65y=3', 'https://a.example/?b=2&key=v'],
    ['https://a.example/??key=1', 'https://a.example/??key=1&key=v'],
  ])('%s', (url, expected) => {
    expect(put(url, 'key', 'v')).toBe(expected)
  })

  test('is read again as what it was, beside all that was there', () => {
    const pairs = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 })
    const value = fc.string().filter((text) => !/[\x00-\x1f\x7f]/.test(text))
    fc.assert(
      fc.property(pairs, value, (before, text) => {
        const query = new URLSearchParams(before)
        query.delete('key')
        const kept = [...query]
        const { searchParams } = new URL(put(`https://a.example/?${query.toString()}`, 'key', text))
        expect([...searchParams]).toEqual([...kept, ['key', text]])
      }),
    )
  })
})

describe('a value', () => {
  test.each<CredentialLocation['in']>(['header', 'query', 'body', 'cookie'])(
    'with CR, LF or NUL never gets to the %s, and is not repeated',
    (where) => {
      const place = { in: where, name: 'key' }
      for (const bad of ['\r', '\n', '\0', '\x1b', '\x7f']) {
        const request = { ...requestWith(), method: 'POST' }
        const error = thrownBy(() => putAt(request, place, `canary${bad}x`))
        expect(failureCode(error)).toBe('InvalidInput')
        expect(String(error)).not.toContain('canary')
        expect(String(error)).toContain('key')
      }
    },
  )
})

test.each<[string, readonly CredentialLocation[], number | undefined]>([
  ['two headers', [header('A'), header('B')], undefined],
  ['one header twice', [header('X-Auth'), header('x-auth')], 1],
  ['header and query of one name', [header('a'), { in: 'query', name: 'a' }], undefined],
  ['query parameters by case', [query('a'), query('A'), query('a')], 2],
  ['a cookie and the Cookie header', [{ in: 'cookie', name: 'a' }, header('cookie')], 1],
  [
    'two cookies',
    [
      { in: 'cookie', name: 'a' },
      { in: 'cookie', name: 'b' },
    ],
    undefined,
  ],
  ['a field within another', [body('auth'), body('auth.key')], 1],
  ['a field around another', [body('auth.key'), body('auth')], 1],
  ['fields beside each other', [body('auth.key'), body('auth.keys'), body('a')], undefined],
])('locations that meet: %s', (_name, locations, second) => {
  expect(locationTakenTwice(locations)).toBe(second === undefined ? undefined : locations[second])
})

function header(name: string): CredentialLocation {
  return { in: 'header', name }
}
function query(name: string): CredentialLocation {
  return { in: 'query', name }
}
function body(name: string): CredentialLocation {
  return { in: 'body', name }
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
