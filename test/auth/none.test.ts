import { none } from '../../src/connectors/index.js'
import { testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

/** What every request has for itself. */
const BARE = new Set(['host', 'connection'])

testAuthKind('none', async () => ({
  ...(await startUpstream(
    ({ headers, url }) => url === '/me' && Object.keys(headers).every((name) => BARE.has(name)),
  )),
  auth: none(),
  text: '{}',
  fields: {},
  bad: ['canary-key', '{"apiKey":"canary"}', '[]', '"canary"', 'null'],
  canaries: [],
}))
