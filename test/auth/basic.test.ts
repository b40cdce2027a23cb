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
