import {
  apiKey,
  authorizationCode,
  clientCredentials,
  type Connector,
  cursor,
  defineConnector,
  get,
  linkHeader,
  loginFlow,
  nextUrl,
  oauth1,
  pageNumber,
  post,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'

/** How long the endpoints wait that are asked where a script stalls. */
export const QUICK_MS = 400
export const CLIENT_SECRET = 'canary-client-secret'

/** One account for each case: it is the first part of every path. */
export function fuzzedConnectors(origin: string): readonly Connector[] {
  process.env['TEST_FUZZ_CLIENT_SECRET'] = CLIENT_SECRET
  const baseUrl = `${origin}/{account}`
  const pages = { items: 'orders', timeoutMs: 20_000 } as const
  const endpoints = {
    thing: get('/thing'),
    'thing.quick': get('/thing', { timeoutMs: QUICK_MS }),
    'thing.small': get('/thing', { maxBytes: 5000 }),
    write: post('/write', { idempotency: { header: 'Idempotency-Key' } }),
    'write.quick': post('/write', { timeoutMs: QUICK_MS }),
    pages: get('/pages', { ...pages, paginate: nextUrl({ path: 'next' }) }),
    'pages.quick': get('/pages', {
      ...pages,
      timeoutMs: QUICK_MS,
      paginate: nextUrl({ path: 'next' }),
    }),
    'pages.cursor': get('/pages', {
      ...pages,
      paginate: cursor({ from: { body: 'next' }, to: { query: 'after' } }),
    }),
    'pages.link': get('/pages', { ...pages, paginate: linkHeader() }),
    'pages.numbered': get('/pages', {
      ...pages,
      paginate: pageNumber({ param: { query: 'page' }, stop: 'empty-page' }),
    }),
    me: get('/me', { timeoutMs: 20_000 }),
  }
  const oauth = {
    tokenUrl: `${baseUrl}/token`,
    revocationUrl: `${baseUrl}/revoke`,
    clientId: 'app',
    clientSecret: secret('env:TEST_FUZZ_CLIENT_SECRET'),
  }
  const api = {
    baseUrl,
    endpoints,
    verify: 'me',
    identity: { subject: 'id', name: 'name' },
  } as const
  return [
    defineConnector({ ...api, id: 'header', auth: apiKey({ in: 'header', name: 'X-Api-Key' }) }),
    defineConnector({ ...api, id: 'query', auth: apiKey({ in: 'query', name: 'key' }) }),
    defineConnector({
      ...api,
      id: 'signed',
      auth: oauth1({
        consumerKey: 'consumer',
        consumerSecret: secret('env:TEST_FUZZ_CLIENT_SECRET'),
        signatureMethod: 'HMAC-SHA256',
      }),
    }),
    defineConnector({
      ...api,
      id: 'rotating',
      auth: refreshToken({ ...oauth, rotation: 'rotating' }),
    }),
    defineConnector({ ...api, id: 'client', auth: clientCredentials(oauth) }),
    defineConnector({
      ...api,
      id: 'found',
      auth: clientCredentials({
        issuer: baseUrl,
        clientId: 'app',
        clientSecret: secret('env:TEST_FUZZ_CLIENT_SECRET'),
      }),
    }),
    defineConnector({
      ...api,
      id: 'code',
      auth: authorizationCode({
        ...oauth,
        authorizationUrl: `${baseUrl}/authorize`,
        rotation: 'rotating',
      }),
    }),
    defineConnector({
      ...api,
      id: 'login',
      auth: loginFlow({
        credential: ['user', 'password'],
        steps: [
          {
            name: 'page',
            method: 'GET',
            url: `${baseUrl}/form`,
            redirects: 'same-origin',
            take: { csrf: { json: 'access_token' } },
          },
          {
            name: 'login',
            method: 'POST',
            url: `${baseUrl}/login`,
            headers: { 'X-CSRF': '{csrf}' },
            body: { json: { user: '{user}', password: '{password}' } },
            take: { token: { json: 'access_token' }, left: { json: 'expires_in' } },
          },
        ],
        token: { headers: { 'X-Token': '{token}' }, cookies: 'all' },
        lifetime: { value: 'left', form: 'seconds' },
        logout: { method: 'POST', url: `${baseUrl}/logout` },
      }),
    }),
  ]
}
