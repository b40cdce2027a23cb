import { afterEach, describe, expect, test } from 'vitest'
import { loginFlowKind } from '../../../src/auth/login-flow.js'
import type { LoginFlowAuth } from '../../../src/connectors/index.js'
import { startBusinessOne } from '../../fixtures/login/business-one.js'
import { startGateway } from '../../fixtures/login/gateway.js'
import { businessOneFlow, gatewayFlow } from '../login-flows.js'
import {
  call,
  type LoginContext,
  loginContext,
  mintLogin,
  mintWorking,
  toFields,
  withGrant,
} from './mint-login.js'

const PASSWORD = 'canary-password "é'
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function businessOne(more: Partial<LoginFlowAuth> = {}) {
  const company = { companyDb: 'SBODEMOUS', userName: 'manager', password: PASSWORD }
  const service = await startBusinessOne(company)
  stops.push(async () => {
    await service.stop()
    expect(service.problems).toEqual([])
  })
  const auth = businessOneFlow(service.baseUrl, more)
  const fields = toFields({ company: 'SBODEMOUS', user: 'manager', password: PASSWORD })
  return { service, auth, context: loginContext(auth, fields) }
}

const PING = { method: 'GET', url: '/CompanyService_GetCompanyInfo' } as const

describe('a session of SAP Business One', () => {
  test('lives as long as its login says, in minutes; expired, a new login works', async () => {
    const { service, auth, context } = await businessOne()
    const first = await mintWorking(context)
    expect(first).toMatchObject({ lifetimeMs: 1_800_000 })
    expect(first.grant).toBeUndefined()
    const orders = `${service.baseUrl}/Orders`
    expect((await call(orders, auth, first.token)).status).toBe(200)
    service.timeOut()
    expect((await call(orders, auth, first.token)).status).toBe(401)
    const second = await mintWorking(context)
    expect((await call(orders, auth, second.token)).status).toBe(200)
    expect(service.counters.logins).toBe(2)
  })

  test('carries both cookies, and only where their paths let them', async () => {
    const { service, auth, context } = await businessOne()
    const { token } = await mintWorking(context)
    const { headers } = await call(`${service.baseUrl}/Orders`, auth, token)
    expect(headers.cookie).toMatch(/^B1SESSION=[0-9a-f-]{36}; ROUTEID=\.node3$/)
    await expect(call(`${service.origin}/elsewhere`, auth, token)).rejects.toThrow(
      'No cookie of the session may go to',
    )
    await expect(call('http://127.0.0.2:9/b1s/v1/Orders', auth, token)).rejects.toThrow(
      'No cookie of the session may go to 127.0.0.2:9',
    )
  })

  test('a wrong password is one request and a dead grant', async () => {
    const { service, auth } = await businessOne()
    const fields = toFields({ company: 'SBODEMOUS', user: 'manager', password: 'canary-wrong' })
    expect(await mintLogin(loginContext(auth, fields))).toMatchObject({
      outcome: 'refused',
      class: 'invalid_grant',
      code: 'http_401',
    })
    expect(service.counters).toMatchObject({ logins: 0, refused: 1 })
  })

  test('is kept alive: the same session, no login', async () => {
    const { service, auth, context } = await businessOne({ keepAlive: PING })
    const base = { baseUrl: service.baseUrl }
    const first = await mintWorking({ ...context, ...base })
    const second = await mintWorking(withGrant(context, first, base))
    const third = await mintWorking(withGrant(context, second, base))
    expect(third.lifetimeMs).toBe(1_800_000)
    expect(service.counters.logins).toBe(1)
    expect((await call(`${service.baseUrl}/Orders`, auth, third.token)).status).toBe(200)
  })

  test('that is dead when it is to be kept alive: a new login', async () => {
    const { service, auth, context } = await businessOne({ keepAlive: PING })
    const base = { baseUrl: service.baseUrl }
    const first = await mintWorking({ ...context, ...base })
    service.timeOut()
    const second = await mintWorking(withGrant(context, first, base))
    expect(service.counters).toMatchObject({ logins: 2, rejected: 1 })
    expect((await call(`${service.baseUrl}/Orders`, auth, second.token)).status).toBe(200)
  })

  test('that the upstream refused is not asked to live on', async () => {
    const { service, context } = await businessOne({ keepAlive: PING })
    const base = { baseUrl: service.baseUrl }
    const first = await mintWorking({ ...context, ...base })
    await mintWorking(withGrant(context, first, { ...base, rejected: true }))
    expect(service.counters).toMatchObject({ logins: 2, rejected: 0 })
  })

  test('whose keep-alive meets a broken network keeps its grant and says so', async () => {
    const { service, context } = await businessOne({ keepAlive: PING })
    const base = { baseUrl: service.baseUrl }
    const first = await mintWorking({ ...context, ...base })
    await service.stop()
    expect(await mintLogin(withGrant(context, first, base))).toMatchObject({
      outcome: 'refused',
      class: 'not_sent',
      message: expect.stringContaining(`step 'keepAlive'`) as unknown,
    })
  })

  test('near its greatest age ends in a new login, not in ever shorter lives', async () => {
    const keepAlive = { ...PING, maxAgeMs: 3_600_000 }
    const { service, context } = await businessOne({ keepAlive })
    const base = { baseUrl: service.baseUrl }
    const startedAtMs = Date.now()
    const first = await mintWorking({ ...context, ...base })
    const later = (ms: number) => ({ ...base, now: () => startedAtMs + ms, exchangeOnce: at(ms) })
    const at =
      (ms: number): LoginContext['exchangeOnce'] =>
      async (request) => {
        const exchange = await context.exchangeOnce(request)
        return { ...exchange, sentAtMs: exchange.sentAtMs + ms }
      }
    const second = await mintWorking(withGrant(context, first, later(1_500_000)))
    expect(second.lifetimeMs).toBe(1_800_000)
    const third = await mintWorking(withGrant(context, second, later(2_400_000)))
    expect(third.lifetimeMs).toBeLessThanOrEqual(1_200_000)
    expect(service.counters.logins).toBe(1)
    const fourth = await mintWorking(withGrant(context, third, later(3_300_000)))
    expect(fourth.lifetimeMs).toBe(1_800_000)
    expect(service.counters.logins).toBe(2)
  })

  test('ends by its logout, and is over when it is over already', async () => {
    const { service, auth, context } = await businessOne()
    const { token } = await mintWorking(context)
    const revoke = () => loginFlowKind.revoke?.({ ...context, token })
    expect(await revoke()).toEqual({ outcome: 'revoked' })
    expect([service.live(), service.counters.logouts]).toEqual([0, 1])
    expect((await call(`${service.baseUrl}/Orders`, auth, token)).status).toBe(401)
    expect(await revoke()).toEqual({ outcome: 'revoked' })
    await service.stop()
    expect(await revoke()).toMatchObject({ outcome: 'failed', code: 'ECONNREFUSED' })
    expect(await loginFlowKind.revoke?.(context)).toEqual({ outcome: 'revoked' })
    const { logout: _none, ...silent } = auth
    const without = await loginFlowKind.revoke?.({ ...context, auth: silent, token })
    expect(without).toEqual({ outcome: 'unsupported' })
  })

  test('one session per user is told to the workflow as a refresh that kills the living token', () => {
    const auth = businessOneFlow('https://b1.example/b1s/v1', { oneSessionPerUser: true })
    expect(loginFlowKind.policy?.(auth)).toEqual({ mode: 'used', refreshRevokesAccess: true })
    const shared = { ...auth, oneSessionPerUser: false }
    expect(loginFlowKind.policy?.(shared)).toEqual({ mode: 'used', refreshRevokesAccess: false })
  })
})

describe('a token against forgery', () => {
  test('goes along with the cookies that it belongs to', async () => {
    const service = await startGateway('anna', PASSWORD)
    stops.push(() => service.stop())
    const auth = gatewayFlow(service.baseUrl)
    const context = loginContext(auth, toFields({ user: 'anna', password: PASSWORD }))
    const { token } = await mintWorking(context)
    const orders = `${service.baseUrl}/Orders`
    expect((await call(orders, auth, token, 'POST')).status).toBe(201)
    service.endSessions()
    expect((await call(orders, auth, token, 'POST')).status).toBe(403)
    const again = await mintWorking(context)
    expect((await call(orders, auth, again.token, 'POST')).status).toBe(201)
    expect(service.counters).toEqual({ fetched: 2, refused: 0, changes: 2, required: 1 })
    const wrong = loginContext(auth, toFields({ user: 'anna', password: 'canary' }))
    expect(await mintLogin(wrong)).toMatchObject({ class: 'invalid_grant' })
    expect(service.problems).toEqual([])
  })
})
