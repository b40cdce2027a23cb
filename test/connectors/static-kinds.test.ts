import { describe, expect, test } from 'vitest'
import {
  apiKey,
  type AuthDefinition,
  basic,
  defineConnector,
  get,
  headers,
  none,
} from '../../src/connectors/index.js'
import { problemsOf } from './problems-of.js'

const base = { id: 'shop', baseUrl: 'https://shop.example' }
const header = { in: 'header', name: 'X-Key' } as const

describe('a definition that is right', () => {
  test.each<[string, object]>([
    ['a key in a cookie', apiKey({ in: 'cookie', name: '__Host-session', prefix: 'v1.' })],
    ['a key in a query with a template', apiKey({ in: 'query', name: 'q', template: 'v1 {key}' })],
    ['one key by another field', apiKey({ keys: { token: header } })],
    ['two keys', apiKey({ keys: { a: header, b: { in: 'body', name: 'auth.key' } } })],
    ['Basic with a key', basic({ key: 'password', fixed: 'api' })],
    ['headers', headers({ headers: { A: '{x}', B: 'constant' }, fields: { x: 'plain' } })],
    ['none', none()],
  ])('%s', (_name, auth) => {
    const connector = defineConnector({ ...base, auth: auth as AuthDefinition, endpoints: {} })
    expect(connector.auth).toEqual(auth)
  })

  test('may be spread into a variant, verify included', () => {
    const one = defineConnector({
      ...base,
      auth: none(),
      verify: 'a',
      endpoints: { a: get('/a') },
    })
    expect(defineConnector({ ...one, auth: basic() })).toEqual({ ...one, auth: basic() })
  })
})

const key = (changes: object): object => ({ auth: { kind: 'api-key', ...changes } })
const keys = (record: object): object => key({ keys: record })
const own = (changes: object): object => ({ auth: { kind: 'headers', ...changes } })
const fields = { user: 'plain', token: 'secret' }

const wrong: readonly (readonly [string, object, string, RegExp])[] = [
  ['no place', key({ name: 'X-Key' }), 'auth.in', /must be 'header' or 'query' or 'body' or/],
  ['another place', key({ in: 'trailer', name: 'X' }), 'auth.in', /must be 'header' or/],
  ['no name', key({ in: 'query' }), 'auth.name', /is missing/],
  ['a header of HTTP', key({ in: 'header', name: 'Host' }), 'auth.name', /must be the name of a h/],
  [
    'a header of the body',
    key({ in: 'header', name: 'Content-Type' }),
    'auth.name',
    /how the body is written/,
  ],
  ['a cookie with ;', key({ in: 'cookie', name: 'a;b' }), 'auth.name', /name of a cookie/],
  ['a cookie with =', key({ in: 'cookie', name: 'a=b' }), 'auth.name', /name of a cookie/],
  ['a body path', key({ in: 'body', name: 'a..b' }), 'auth.name', /a path into the body/],
  ['a prototype', key({ in: 'body', name: 'a.__proto__' }), 'auth.name', /a path into the body/],
  ['a line break', key({ ...header, prefix: 'a\nb' }), 'auth.prefix', /on one line/],
  [
    'prefix and template',
    key({ ...header, prefix: 'a', template: '{key}' }),
    'auth.prefix',
    /write it into that/,
  ],
  ['no placeholder', key({ ...header, template: 'Token' }), 'auth.template', /must hold \{key\}/],
  [
    'a placeholder twice',
    key({ ...header, template: '{key}{key}' }),
    'auth.template',
    /must hold \{key\} once/,
  ],
  [
    'another placeholder',
    key({ ...header, template: '{key} {canary}' }),
    'auth.template',
    /none of \{key\}$/,
  ],
  ['a lone brace', key({ ...header, template: '{key}}' }), 'auth.template', /a brace/],
  ['no keys', keys({}), 'auth.keys', /at least one key/],
  ['keys and a key', key({ ...header, keys: { a: header } }), 'auth.in', /stands under keys/],
  ['a field with a dash', keys({ 'a-b': header }), 'auth.keys["a-b"]', /letters, digits and _/],
  ['a field of JavaScript', keys({ toString: header }), 'auth.keys.toString', /JavaScript itself/],
  ['a field of connect', keys({ sealed: header }), 'auth.keys.sealed', /in place of fields/],
  ['a wrong key', keys({ a: { in: 'header' } }), 'auth.keys.a.name', /missing/],
  [
    'the placeholder of another key',
    keys({ a: header, b: { in: 'query', name: 'b', template: '{a}' } }),
    'auth.keys.b.template',
    /none of \{b\}$/,
  ],
  [
    'two keys at one place',
    keys({ a: header, b: { in: 'header', name: 'x-KEY' } }),
    'auth.keys.b.name',
    /where another key stands/,
  ],
  [
    'a key within another',
    keys({ a: { in: 'body', name: 'auth' }, b: { in: 'body', name: 'auth.key' } }),
    'auth.keys.b.name',
    /where another key stands/,
  ],
  ['Basic: another side', { auth: { kind: 'basic', key: 'both' } }, 'auth.key', /'username' or/],
  ['Basic: fixed alone', { auth: { kind: 'basic', fixed: 'x' } }, 'auth.fixed', /beside a key/],
  [
    'Basic: a colon',
    { auth: basic({ key: 'password', fixed: 'a:b' }) },
    'auth.fixed',
    /holds a colon/,
  ],
  [
    'Basic: a control character',
    { auth: basic({ key: 'password', fixed: 'a\n' }) },
    'auth.fixed',
    /without control characters/,
  ],
  ['headers: nothing', own({ fields }), 'auth', /must set a header or a query/],
  ['headers: no field', own({ headers: { A: 'x' }, fields: {} }), 'auth.fields', /none\(\)/],
  ['headers: none of them', own({ headers: { A: '{x}' } }), 'auth.fields', /missing/],
  [
    'headers: an unknown placeholder',
    own({ headers: { 'X-Auth': '{user}:{token}:{canary}' }, fields }),
    'auth.headers["X-Auth"]',
    /holds a placeholder that is none of \{user\}, \{token\}$/,
  ],
  [
    'headers: an unused field',
    own({ query: { u: '{user}' }, fields }),
    'auth.fields.token',
    /is used by no template: write \{token\} into one/,
  ],
  [
    'headers: one twice',
    own({ headers: { 'X-Auth': '{user}', 'x-auth': '{token}' }, fields }),
    'auth.headers["x-auth"]',
    /is set twice/,
  ],
  [
    'headers: not the name of one',
    own({ headers: { 'X Auth': '{user}{token}' }, fields }),
    'auth.headers["X Auth"]',
    /name of a header/,
  ],
  [
    'headers: no value',
    own({ headers: { A: '' }, query: { u: '{user}{token}' }, fields }),
    'auth.headers.A',
    /not empty/,
  ],
  [
    'headers: a field of another sort',
    own({ headers: { A: '{x}' }, fields: { x: 'hidden' } }),
    'auth.fields.x',
    /'secret' or 'plain'/,
  ],
  ['none: an option', { auth: { kind: 'none', in: 'header' } }, 'auth.in', /not known/],
]

test.each(wrong)('says what is wrong and where: %s', (_name, definition, path, message) => {
  const error = problemsOf(definition)
  const problem = error.problems.find((one) => one.path === path)
  expect(problem?.message, error.message).toMatch(message)
  expect(problem?.example).toMatch(/apiKey\(|basic\(|headers\(|none\(/)
  expect(error.message).not.toContain('canary')
})
