import { afterEach, describe, expect, test } from 'vitest'
import { loginFlowKind } from '../../../src/auth/login-flow.js'
import type { LoginFlowAuth } from '../../../src/connectors/index.js'
import { startFormLogin } from '../../fixtures/login/form-login.js'
import { formFlow } from '../login-flows.js'
import { call, loginContext, mintLogin, mintWorking, noSecret, toFields } from './mint-login.js'

const PASSWORD = 'canary-password "é'
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

describe('a login form', () => {
  async function formLogin(more: (origin: string) => Partial<LoginFlowAuth> = () => ({})) {
    const service = await startFormLogin('anna', PASSWORD)
    stops.push(async () => {
      await service.stop()
      expect(service.problems).toEqual([])
    })
    const auth = formFlow(service.origin, more(service.origin))
    const context = loginContext(auth, toFields({ user: 'anna', password: PASSWORD }))
    return { service, auth, context }
  }

  test('a session lives as long as its cookie, and no cookie of another domain goes along', async () => {
    const { service, auth, context } = await formLogin()
    const minted = await mintWorking(context)
    expect(minted.lifetimeMs).toBeGreaterThan(1_790_000)
    const endsAtMs = minted.sentAtMs + (minted.lifetimeMs ?? 0)
    expect(endsAtMs).toBeLessThanOrEqual(minted.answeredAtMs + 1_800_000)
    expect((await call(`${service.origin}/api/me`, auth, minted.token)).status).toBe(200)
    expect(service.counters).toEqual({ pages: 1, logins: 1, refused: 0, home: 0 })
    // What has expired is not sent.
    const late = { now: () => Date.now() + 1_900_000, randomBytes: () => new Uint8Array() }
    const request = { method: 'GET', url: new URL(`${service.origin}/api/me`), headers: {} }
    expect(() =>
      loginFlowKind.authorize(request, minted.token, auth, { ...late, resolve: noSecret }),
    ).toThrow('No cookie of the session')
  })

  test('shown again at 200 means a wrong password', async () => {
    const { service, auth } = await formLogin()
    const wrong = loginContext(auth, toFields({ user: 'anna', password: 'canary-wrong' }))
    expect(await mintLogin(wrong)).toMatchObject({ class: 'invalid_grant', code: 'login_refused' })
    expect(service.counters.refused).toBe(1)
  })

  test('shown again to a flow that does not say so is not tried again by itself either', async () => {
    const { service, auth } = await formLogin()
    const steps = auth.steps.map(({ failures: _none, ...step }) => ({
      ...step,
      success: [200, 302],
    }))
    const wrong = loginContext(
      { ...auth, steps },
      toFields({ user: 'anna', password: 'canary-wrong' }),
    )
    expect(await mintLogin(wrong)).toMatchObject({
      class: 'misconfigured',
      code: 'cookie_missing',
      probe: 'never',
      message: expect.stringContaining('no step brought the cookie SESSION') as unknown,
    })
    expect(service.counters.refused).toBe(1)
  })

  test('its redirect is followed within the origin where the step says so', async () => {
    const { service, auth, context } = await formLogin()
    const [page, form] = auth.steps
    if (page === undefined || form === undefined) throw new Error('two steps')
    const { success: _redirect, failures: _page, ...rest } = form
    const followed = { ...auth, steps: [page, { ...rest, redirects: 'same-origin' as const }] }
    await mintWorking({ ...context, auth: followed })
    expect(service.counters).toMatchObject({ logins: 1, home: 1 })
  })
})
