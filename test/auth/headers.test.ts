import type { IncomingMessage } from 'node:http'
import { headers, type HeadersAuth } from '../../src/connectors/index.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

async function headersCase(
  given: Pick<AuthKindCase, 'text' | 'fields' | 'bad'> & { readonly auth: HeadersAuth },
  lets: (request: IncomingMessage) => boolean,
): Promise<AuthKindCase> {
  return { ...(await startUpstream(lets)), ...given, canaries: ['canary-token'] }
}

const both = { user: 'canary-user é', token: 'canary-token $& {user}' }

testAuthKind('headers', () =>
  headersCase(
    {
      auth: headers({
        headers: { 'X-Auth': '{user}:{token}', 'X-Version': '2026-01' },
        query: { on_behalf: '{user}' },
        fields: { user: 'plain', token: 'secret' },
      }),
      text: JSON.stringify(both),
      fields: both,
      bad: [
        'canary',
        '{}',
        '{"user":"canary"}',
        '{"user":"canary","token":""}',
        '{"user":"canary","token":"canary\\r\\nx: y"}',
        '{"user":"canary\\u2603","token":"canary"}',
      ],
    },
    (request) =>
      request.headers['x-auth'] === `${both.user}:${both.token}` &&
      request.headers['x-version'] === '2026-01' &&
      new URL(request.url ?? '', 'http://x').searchParams.get('on_behalf') === both.user,
  ),
)
testAuthKind('headers', () =>
  headersCase(
    {
      auth: headers({ query: { sig: 'v1-{token}' }, fields: { token: 'secret' } }),
      text: 'canary-token \u2603',
      fields: { token: 'canary-token \u2603' },
      bad: ['{}', 'canary\nx', '{"token":"canary\\u0000"}'],
    },
    ({ url }) =>
      new URL(url ?? '', 'http://x').searchParams.get('sig') === 'v1-canary-token \u2603',
  ),
)
