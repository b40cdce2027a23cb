import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { basicKind } from '../../src/auth/basic.js'
import { Secret } from '../../src/sealing/secret.js'
import { type BasicAuth, basic } from '../../src/connectors/index.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

async function basicCase(
  given: Pick<AuthKindCase, 'text' | 'fields' | 'bad'> & { readonly auth: BasicAuth },
  pair: string,
): Promise<AuthKindCase> {
  const encoded = Buffer.from(pair).toString('base64')
  const upstream = await startUpstream(
    ({ headers }) => headers.authorization === `Basic ${encoded}`,
  )
  return { ...given, ...upstream, canaries: [encoded] }
}

const [username, password] = ['canary-user-é', 'canary:pass:\u2603']
const KEY = 'canary-key-\u2603'
const key = { text: KEY, fields: { apiKey: KEY } }
const badKeys = ['{}', '{"apiKey":""}', 'canary\nx', '{"username":"canary","password":"canary"}']

testAuthKind('basic', () =>
  basicCase(
    {
      auth: basic(),
      text: `${username}:${password}`,
      fields: { username, password },
      bad: [
        'canary-no-password',
        ':canary',
        'canary:a\nb',
        '{"username":"canary:x","password":"canary"}',
        '{"username":"canary"}',
      ],
    },
    `${username}:${password}`,
  ),
)
// RFC 7617 section 2: a password may be empty.
testAuthKind('basic', () =>
  basicCase(
    {
      auth: basic(),
      text: 'canary-user:',
      fields: { username: 'canary-user', password: '' },
      bad: ['canary'],
    },
    'canary-user:',
  ),
)
testAuthKind('basic', () =>
  basicCase(
    { ...key, auth: basic({ key: 'username' }), bad: [...badKeys, 'canary:colon'] },
    `${KEY}:`,
  ),
)
testAuthKind('basic', () =>
  basicCase({ ...key, auth: basic({ key: 'username', fixed: 'X:y' }), bad: badKeys }, `${KEY}:X:y`),
)
testAuthKind('basic', () =>
  basicCase(
    {
      auth: basic({ key: 'password', fixed: 'api-é' }),
      text: 'canary:colon',
      fields: { apiKey: 'canary:colon' },
      bad: badKeys,
    },
    'api-é:canary:colon',
  ),
)
testAuthKind('basic', () =>
  basicCase({ ...key, auth: basic({ key: 'password' }), bad: badKeys }, `:${KEY}`),
)

test('any user name and password come out as they went in, by RFC 7617 section 2', async () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !/[\x00-\x1f\x7f]/.test(one))
  const name = text.filter((one) => one !== '' && !one.includes(':'))
  await fc.assert(
    fc.asyncProperty(name, text, async (user, pass) => {
      const token = { username: new Secret(user), password: new Secret(pass) }
      const request = { method: 'GET', url: new URL('https://api.example/'), headers: {} }
      const signing = {
        now: Date.now,
        randomBytes: (size: number) => new Uint8Array(size),
        resolve: () => Promise.reject(new Error('no reference here')),
      }
      expect(basicKind.checkFields(token, basic())).toBeUndefined()
      const { headers } = await basicKind.authorize(request, token, basic(), signing)
      const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headers['authorization'] ?? '')?.[1] ?? ''
      const pair = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'))
      expect(pair.slice(0, pair.indexOf(':'))).toBe(user)
      expect(pair.slice(pair.indexOf(':') + 1)).toBe(pass)
    }),
  )
})
