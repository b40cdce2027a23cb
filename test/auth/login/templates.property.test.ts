import fc from 'fast-check'
import { expect, test } from 'vitest'
import { putToken } from '../../../src/auth/login/put-token.js'
import { fillRequest, type LoginUrlParts } from '../../../src/auth/login/fill-request.js'
import type { LoginRequest } from '../../../src/connectors/index.js'
import { UnusableValue } from '../../../src/auth/login/templates.js'
import { isHeaderValue } from '../../../src/auth/kind/header-value.js'
import { Secret } from '../../../src/sealing/secret.js'

const urlParts: LoginUrlParts = {
  variables: { account: 'acme' },
  rules: {},
  baseUrl: 'https://api.example.com/v1',
  hosts: [],
  origins: new Set(['https://api.example.com']),
}

/** Texts that mean something to some syntax, and any other. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        ...['"', '\\', '}', '{', '{v}', '{{', '&', '=', '%', '%2F', '/', '..', '?', '#', '@', ':'],
        ...[
          '\r\n',
          '\n',
          '\0',
          ' ',
          '+',
          ';',
          '<',
          '>',
          ']]>',
          '<!--',
          '\u2028',
          '\ud800',
          'é',
          '$&',
        ],
        ...[
          '","admin":true,"x":"',
          '</v><admin/>',
          '&admin=1',
          '\r\nX-Admin: 1',
          '$1',
          '__proto__',
        ],
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
)

type Rest = Partial<LoginRequest>

/** The request with one value in it; undefined where it was refused, by words that do not repeat it. */
function fill(value: string, rest: Rest, url = 'https://api.example.com/login') {
  const request = { method: 'POST', url, ...rest } as const
  try {
    return fillRequest(request, new Map([['v', value]]), urlParts)
  } catch (error) {
    if (!(error instanceof UnusableValue)) throw error
    const said = `${error.message} ${error.problem} ${error.template} ${error.valueName}`
    expect(value.length > 12 && said.includes(value)).toBe(false)
    return undefined
  }
}

/** What UTF-8 makes of half a surrogate pair. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

const many = { numRuns: 2000 }

test('no value gets out of a JSON template', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const json = {
        user: 'a {v} b',
        nested: [{ whole: '{v}' }],
        fixed: { n: 1, t: true, z: null },
      }
      const parsed: unknown = JSON.parse(fill(value, { body: { json } })?.body ?? '')
      expect(parsed).toEqual({
        user: `a ${value} b`,
        nested: [{ whole: value }],
        fixed: { n: 1, t: true, z: null },
      })
    }),
    many,
  )
})

test('no value gets out of a form or a query', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const form = { first: '1', user: 'a{v}', last: 'z' }
      const filled = fill(value, { body: { form }, query: form })
      const pairs = [
        ['first', '1'],
        ['user', wellFormed(`a${value}`)],
        ['last', 'z'],
      ]
      expect([...new URLSearchParams(filled?.body)]).toEqual(pairs)
      const url = new URL(filled?.url ?? '')
      expect([...url.searchParams]).toEqual(pairs)
      expect(`${url.origin}${url.pathname}${url.hash}`).toBe('https://api.example.com/login')
    }),
    many,
  )
})

test('no value gets out of its part of a path', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      for (const url of ['https://api.example.com/c/{v}/login', '/c/{v}/login']) {
        const filled = fill(value, {}, url)
        if (filled === undefined) return
        const { origin, pathname, search, hash, username } = new URL(filled.url)
        expect([origin, search, hash, username]).toEqual(['https://api.example.com', '', '', ''])
        const parts = pathname.replace(/^\/v1/, '').split('/')
        expect(parts).toHaveLength(4)
        expect(decodeURIComponent(parts[2] ?? '')).toBe(value)
      }
    }),
    many,
  )
})

test('no value gets out of a header, of Basic, or of the text of a body', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const header = fill(value, { headers: { 'X-Key': 'key {v}!' } })?.headers
      if (header !== undefined) {
        expect(header['x-key']).toBe(`key ${value}!`)
        expect(isHeaderValue(header['x-key'] ?? '')).toBe(true)
      } else expect(isHeaderValue(value)).toBe(false)
      const basic = fill(value, { basic: { username: 'anna', password: '{v}' } })?.headers
      if (basic !== undefined) {
        const pair = Buffer.from((basic.authorization ?? '').slice(6), 'base64').toString('utf8')
        expect(pair).toBe(`anna:${wellFormed(value)}`)
      }
      const user = fill(value, { basic: { username: '{v}', password: 'p' } })?.headers
      if (user !== undefined) expect(value).not.toContain(':')
      const text = fill(value, { body: { text: 'v={v}', contentType: 'text/plain' } })?.body
      if (text !== undefined) expect(text).not.toMatch(/[\0-\x1f\x7f]/)
    }),
    many,
  )
})

test('no value gets out of an XML template', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const body = fill(value, { body: { xml: '<login><v a="{v}">{v}</v></login>' } })?.body
      if (body === undefined) return
      const found = /^<login><v a="([^"<>&]|&#\d+;)*">([^<>&"']|&#\d+;)*<\/v><\/login>$/s.exec(body)
      expect(found).not.toBeNull()
      const inner = body.slice(body.indexOf('">') + 2, -'</v></login>'.length)
      const read = inner.replaceAll(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))
      expect(read).toBe(value)
    }),
    many,
  )
})

test('no value of a token gets out of its header or query parameter', () => {
  const auth = { token: { headers: { 'X-Key': 'k {v}' }, query: { key: '{v}' } } }
  fc.assert(
    fc.property(hostile, (value) => {
      const bare = { method: 'GET', url: new URL('https://api.example.com/a?page=2'), headers: {} }
      try {
        const { url, headers } = putToken(bare, { v: new Secret(value) }, auth, 0)
        expect(headers).toEqual({ 'X-Key': `k ${value}` })
        expect(isHeaderValue(headers['X-Key'] ?? '')).toBe(true)
        expect(Object.fromEntries(url.searchParams)).toEqual({ page: '2', key: value })
        expect(`${url.origin}${url.pathname}${url.hash}`).toBe('https://api.example.com/a')
      } catch (error) {
        expect((error as { type?: string }).type).toBe('InvalidInput')
        expect(value.length > 12 && (error as Error).message.includes(value)).toBe(false)
      }
    }),
    many,
  )
})

test('a number that is a whole text of JSON stays a number, within a text it is text', () => {
  const request = {
    method: 'POST',
    url: '/login',
    body: { json: { id: '{v}', name: 'no {v}', brace: '{{v}}' } },
  } as const
  const filled = fillRequest(request, new Map([['v', 7]]), urlParts)
  expect(JSON.parse(filled.body ?? '')).toEqual({ id: 7, name: 'no 7', brace: '{v}' })
  expect(filled.url).toBe('https://api.example.com/v1/login')
})
