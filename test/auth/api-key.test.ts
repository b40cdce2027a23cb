import { apiKey } from '../../src/connectors/index.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

const KEY = 'canary-key +/=&é'

async function apiKeyCase(place: 'header' | 'query'): Promise<AuthKindCase> {
  const auth =
    place === 'header'
      ? apiKey({ in: 'header', name: 'X-Api-Key', prefix: 'Key ' })
      : apiKey({ in: 'query', name: 'api_key' })
  const upstream = await startUpstream(({ headers, url }) =>
    place === 'header'
      ? headers['x-api-key'] === `Key ${KEY}`
      : new URL(url ?? '', 'http://x').searchParams.get('api_key') === KEY,
  )
  return {
    auth,
    ...upstream,
    text: KEY,
    fields: { apiKey: KEY },
    bad: [
      '{"apiKey":""}',
      '{}',
      ...(place === 'header' ? ['canary\r\nx: y', 'canary \u2603'] : []),
    ],
    canaries: [encodeURIComponent(KEY)],
  }
}

testAuthKind('api-key', () => apiKeyCase('header'))
testAuthKind('api-key', () => apiKeyCase('query'))
