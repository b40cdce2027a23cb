import { basic } from '../../src/connectors/index.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

async function basicCase(): Promise<AuthKindCase> {
  const [username, password] = ['canary-user-é', 'canary:pass:\u2603']
  const pair = Buffer.from(`${username}:${password}`).toString('base64')
  const upstream = await startUpstream(({ headers }) => headers.authorization === `Basic ${pair}`)
  return {
    auth: basic(),
    ...upstream,
    text: `${username}:${password}`,
    fields: { username, password },
    bad: [
      'canary-no-password',
      ':canary',
      'canary:a\nb',
      '{"username":"canary:x","password":"canary"}',
      '{"username":"canary"}',
    ],
    canaries: [pair],
  }
}

testAuthKind('basic', basicCase)
