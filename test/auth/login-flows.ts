import { loginFlow, type LoginFlowAuth, secret } from '../../src/connectors/index.js'

/** SAP Business One Service Layer: one request, two cookies, half an hour. */
export function businessOneFlow(baseUrl: string, more: Partial<LoginFlowAuth> = {}): LoginFlowAuth {
  return loginFlow({
    credential: ['company', 'user', 'password'],
    plain: ['company', 'user'],
    steps: [
      {
        name: 'login',
        method: 'POST',
        url: `${baseUrl}/Login`,
        body: { json: { CompanyDB: '{company}', UserName: '{user}', Password: '{password}' } },
        take: { minutes: { json: 'SessionTimeout' } },
      },
    ],
    token: { cookies: ['B1SESSION', 'ROUTEID'] },
    lifetime: { value: 'minutes', form: 'minutes' },
    logout: { method: 'POST', url: `${baseUrl}/Logout` },
    ...more,
  })
}

/** SAP Gateway: a token against forgery, good with the cookies that came with it. */
export function gatewayFlow(baseUrl: string): LoginFlowAuth {
  return loginFlow({
    credential: ['user', 'password'],
    steps: [
      {
        name: 'fetch a token',
        method: 'GET',
        url: `${baseUrl}/`,
        headers: { 'X-CSRF-Token': 'Fetch' },
        basic: { username: '{user}', password: '{password}' },
        take: { csrf: { header: 'X-CSRF-Token' } },
      },
    ],
    token: { headers: { 'X-CSRF-Token': '{csrf}' }, cookies: 'all' },
    lifetime: { ms: 1_500_000 },
  })
}

/** A login token that buys the token of a company. */
export function companyFlow(origin: string, more: Partial<LoginFlowAuth> = {}): LoginFlowAuth {
  return loginFlow({
    credential: ['user', 'password'],
    secrets: { appKey: secret('env:TEST_LOGIN_APP_KEY') },
    steps: [
      {
        name: 'login',
        method: 'POST',
        url: `${origin}/auth/login`,
        body: { json: { user: '{user}', password: '{password}', appKey: '{appKey}' } },
        failures: [{ json: { path: 'success', equals: [false] }, means: 'refused' }],
        take: { loginToken: { json: 'data.token' }, company: { json: 'data.company.id' } },
      },
      {
        name: 'company',
        method: 'POST',
        url: `${origin}/auth/companies/{company}/token`,
        headers: { Authorization: 'Bearer {loginToken}' },
        body: { json: { companyId: '{company}' } },
        take: { token: { json: 'access.token' }, until: { json: 'access.until' } },
      },
    ],
    token: { headers: { 'X-Company-Token': '{token}' }, query: { company: '{company}' } },
    lifetime: { value: 'until', form: 'iso' },
    ...more,
  })
}

/** Discovery, then login, then exchange. */
export function discoveryFlow(origin: string, hosts = ['127.0.0.1']): LoginFlowAuth {
  return loginFlow({
    credential: ['user', 'password'],
    steps: [
      {
        name: 'discovery',
        method: 'GET',
        url: `${origin}/discover/{account}`,
        take: { loginUrl: { json: 'login' }, apiUrl: { json: 'api' } },
      },
      {
        name: 'login',
        method: 'POST',
        url: '{loginUrl}/{account}/login',
        body: { form: { username: '{user}', password: '{password}' } },
        take: { ticket: { pattern: '<ticket>([^<]+)</ticket>' } },
      },
      {
        name: 'exchange',
        method: 'GET',
        url: `${origin}/exchange`,
        query: { ticket: '{ticket}' },
        take: { token: { json: 'token' }, ttl: { json: 'ttl' } },
      },
    ],
    token: { headers: { Authorization: 'Bearer {token}' } },
    lifetime: { value: 'ttl', form: 'seconds' },
    hosts,
    answer: ['apiUrl'],
  })
}

/** A web application's login form. */
export function formFlow(origin: string, more: Partial<LoginFlowAuth> = {}): LoginFlowAuth {
  return loginFlow({
    credential: ['user', 'password'],
    steps: [
      {
        name: 'page',
        method: 'GET',
        url: `${origin}/login`,
        take: { csrf: { pattern: 'name="csrf" value="([^"]+)"' } },
      },
      {
        name: 'form',
        method: 'POST',
        url: `${origin}/login`,
        body: { form: { user: '{user}', password: '{password}', csrf: '{csrf}' } },
        success: [302],
        failures: [{ html: true, means: 'refused' }],
      },
    ],
    token: { cookies: ['SESSION'] },
    lifetime: { cookie: 'SESSION' },
    ...more,
  })
}
