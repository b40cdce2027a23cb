import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { defineConnector, get, loginFlow } from '../../../src/connectors/index.js'
import { withAnswered } from '../../../activities/connection/sealed-fields.js'
import { startCompanyService } from '../../fixtures/login/company-service.js'
import { startDiscoveryService } from '../../fixtures/login/discovery-service.js'
import { startStrictService } from '../../fixtures/login/strict-service.js'
import { companyFlow, discoveryFlow } from '../login-flows.js'
import { loginContext, mintLogin, mintWorking, toFields } from './mint-login.js'

const FIELDS = { user: 'anna', password: 'canary-password "&=' }
const stops: (() => Promise<void>)[] = []
beforeAll(() => {
  process.env.TEST_LOGIN_APP_KEY = 'canary-app-key'
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

describe('two tokens', () => {
  async function company(password = FIELDS.password) {
    const service = await startCompanyService(FIELDS.user, FIELDS.password)
    stops.push(() => service.stop())
    const auth = companyFlow(service.origin, { subject: 'company' })
    const context = loginContext(auth, toFields({ ...FIELDS, password }))
    return { service, context }
  }

  test('the login token buys the token of the company; its number stays a number', async () => {
    const { service, context } = await company()
    const minted = await mintWorking(context)
    expect(minted.subject).toBe('4711')
    expect(minted.lifetimeMs).toBeGreaterThan(3_590_000)
    expect(Object.keys(minted.token).sort()).toEqual(['company', 'token'])
    expect(service.counters).toEqual({ logins: 1, refused: 0, exchanges: 1 })
    expect(service.problems).toEqual([])
  })

  test('a refusal at HTTP 200 is a dead grant, and the second request is not made', async () => {
    const { service, context } = await company('canary-wrong')
    expect(await mintLogin(context)).toMatchObject({
      class: 'invalid_grant',
      code: 'login_refused',
      message: expect.stringContaining(`step 'login'`) as unknown,
    })
    expect(service.counters).toEqual({ logins: 0, refused: 1, exchanges: 0 })
  })
})

describe('discovery, login, exchange', () => {
  async function discovery(hosts?: string[]) {
    const service = await startDiscoveryService(FIELDS.user, FIELDS.password)
    stops.push(() => service.stop())
    const auth = discoveryFlow(service.origin, hosts)
    return { service, auth, context: loginContext(auth, toFields(FIELDS)) }
  }

  test('reads the base URL of the API from the first answer', async () => {
    const { service, auth, context } = await discovery()
    const connector = defineConnector({
      id: 'platform',
      baseUrl: '{apiUrl}/api',
      auth,
      variables: { apiUrl: { from: 'answer', form: 'origin', hosts: ['127.0.0.1'] } },
      endpoints: { me: get('/me') },
    })
    const minted = await mintWorking(context)
    expect(minted.lifetimeMs).toBe(900_000)
    const variables = withAnswered({ account: 'acme' }, connector.variables ?? {}, minted.answer)
    expect(variables).toEqual({ account: 'acme', apiUrl: service.origin })
    expect(service.counters).toEqual({ discoveries: 1, logins: 1, refused: 0, exchanges: 1 })
    expect(service.problems()).toEqual([])
  })

  test.each([
    ['another host', 'https://evil.example/identity', '"*.login.example"'],
    ['a loopback address by another name', 'http://localhost:9/identity', '127.0.0.1'],
    ['http outside loopback', 'http://login.example/identity', 'login.example'],
    ['a user name', 'https://a@login.example/identity', 'login.example'],
    ['a query', 'https://login.example/identity?x=1', 'login.example'],
    ['no URL', '/identity', 'login.example'],
  ])('a password does not go to %s', async (_name, to, host) => {
    const { service, context } = await discovery([host.replaceAll('"', '')])
    service.lead(to)
    const seen: string[] = []
    const outcome = await mintLogin({
      ...context,
      exchangeOnce: async (request) => {
        seen.push(new URL(request.url).host)
        return await context.exchangeOnce(request)
      },
    })
    expect(outcome).toMatchObject({
      outcome: 'refused',
      class: 'misconfigured',
      code: 'unusable_value',
      message: expect.stringMatching(/^step 'login' .*loginUrl/) as unknown,
    })
    expect(seen).toEqual([new URL(service.origin).host])
  })
})

describe('redirects', () => {
  async function redirecting(location: (origin: string) => string, status = 307) {
    const other = await startStrictService({ 'POST /taken': ({ json }) => json(200, { t: 'x' }) })
    const service = await startStrictService({
      'POST /login': ({ response }) => {
        response.writeHead(status, { location: location(other.origin) }).end()
      },
      'POST /login2': ({ body, json }) => json(200, { t: body }),
      'GET /login2': ({ body, json }) => json(200, { t: `got ${body}` }),
      'POST /loop': ({ response }) => {
        response.writeHead(307, { location: '/loop' }).end()
      },
    })
    stops.push(service.stop, other.stop)
    const auth = (path: string, redirects?: 'same-origin') =>
      loginFlow({
        credential: ['password'],
        steps: [
          {
            name: 'login',
            method: 'POST',
            url: `${service.origin}${path}`,
            body: { form: { p: '{password}' } },
            redirects,
            take: { t: { json: 't' } },
          },
        ],
        token: { headers: { 'X-T': '{t}' } },
      })
    const fields = toFields({ password: 'secret' })
    const log = (path: string, redirects?: 'same-origin') =>
      mintLogin(loginContext(auth(path, redirects), fields))
    return { log, other, service }
  }

  test('are answers, unless a step says otherwise', async () => {
    const { log, service } = await redirecting(() => '/login2')
    expect(await log('/login')).toMatchObject({ class: 'misconfigured', code: 'http_307' })
    const followed = await log('/login', 'same-origin')
    expect(followed.outcome === 'granted' && followed.token.t?.reveal()).toBe('p=secret')
    expect(service.problems).toEqual([])
  })

  test('after a POST, 302 leads to a GET without the body', async () => {
    const { log } = await redirecting(() => '/login2', 302)
    const followed = await log('/login', 'same-origin')
    expect(followed.outcome === 'granted' && followed.token.t?.reveal()).toBe('got ')
  })

  test('never lead to another origin, nor round and round', async () => {
    const { log, other } = await redirecting((origin) => `${origin}/taken`)
    expect(await log('/login', 'same-origin')).toMatchObject({ code: 'http_307' })
    expect(await log('/loop', 'same-origin')).toMatchObject({ code: 'http_307' })
    expect(other.problems).toEqual([])
  })
})
