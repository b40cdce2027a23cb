import type { IncomingMessage } from 'node:http'
import { type ApiKeyAuth, apiKey } from '../../src/connectors/index.js'
import { readBody } from '../fixtures/loopback-server.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { startUpstream } from './auth-kind-upstream.js'

const KEY = 'canary-key +/=&é'
const COOKIE_KEY = 'canary-key/+=&'

interface KeyCase extends Pick<AuthKindCase, 'auth' | 'request' | 'bad'> {
  readonly auth: ApiKeyAuth
  readonly lets: (request: IncomingMessage) => boolean | Promise<boolean>
  readonly fields?: Readonly<Record<string, string>>
}

async function apiKeyCase({ lets, ...rest }: KeyCase): Promise<AuthKindCase> {
  const fields = rest.fields ?? { apiKey: KEY }
  const [key = '', ...others] = Object.values(fields)
  return {
    ...(await startUpstream(lets)),
    ...rest,
    text: others.length === 0 ? key : JSON.stringify(fields),
    fields,
    bad: ['{"apiKey":""}', '{}', 'canary\r\nx: y', 'canary\0', ...rest.bad],
    canaries: [encodeURIComponent(key)],
  }
}

function queryOf({ url }: IncomingMessage): URLSearchParams {
  return new URL(url ?? '', 'http://upstream').searchParams
}

testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({ in: 'header', name: 'X-Api-Key', prefix: 'Key ' }),
    lets: ({ headers }) => headers['x-api-key'] === `Key ${KEY}`,
    bad: ['canary \u2603'],
  }),
)
testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({ in: 'header', name: 'Authorization', template: 'Token token="{key}", v=2' }),
    lets: ({ headers }) => headers.authorization === `Token token="${KEY}", v=2`,
    bad: ['canary \u2603'],
  }),
)
testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({ in: 'query', name: 'api_key' }),
    lets: (request) => queryOf(request).get('api_key') === KEY,
    bad: [],
  }),
)
testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({ in: 'cookie', name: 'session', prefix: 'v1.' }),
    request: { method: 'GET', headers: { cookie: 'theme=dark; lang="en"' } },
    lets: ({ headers }) => headers.cookie === `theme=dark; lang="en"; session=v1.${COOKIE_KEY}`,
    fields: { apiKey: COOKIE_KEY },
    bad: ['canary; admin=1', 'canary key', '"canary"', 'canary,', 'canary\\', 'canaryé'],
  }),
)
testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({ in: 'body', name: 'auth.api_key' }),
    request: {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'content-length': '11' },
      body: '{"title":1}',
    },
    lets: async (request) =>
      (await readBody(request)) === JSON.stringify({ title: 1, auth: { api_key: KEY } }),
    bad: [],
  }),
)
testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({ in: 'body', name: 'api_key' }),
    request: {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '11' },
      body: 'title=a%20b',
    },
    lets: async (request) => {
      const body = await readBody(request)
      return body.startsWith('title=a%20b&') && new URLSearchParams(body).get('api_key') === KEY
    },
    bad: [],
  }),
)
testAuthKind('api-key', () =>
  apiKeyCase({
    auth: apiKey({
      keys: {
        apiKey: { in: 'header', name: 'DD-API-KEY' },
        applicationKey: { in: 'query', name: 'app', template: 'v1:{applicationKey}' },
      },
    }),
    lets: (request) =>
      request.headers['dd-api-key'] === KEY && queryOf(request).get('app') === 'v1:canary-app',
    fields: { apiKey: KEY, applicationKey: 'canary-app' },
    bad: ['canary-one-text', '{"apiKey":"canary"}', '{"apiKey":"canary\\n","applicationKey":"x"}'],
  }),
)
