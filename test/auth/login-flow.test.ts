import { startBusinessOne } from '../fixtures/login/business-one.js'
import { startCompanyService } from '../fixtures/login/company-service.js'
import { startDiscoveryService } from '../fixtures/login/discovery-service.js'
import { startFormLogin } from '../fixtures/login/form-login.js'
import { type AuthKindCase, testAuthKind } from './auth-kind-suite.js'
import { businessOneFlow, companyFlow, discoveryFlow, formFlow } from './login-flows.js'
import { expect } from 'vitest'

const PASSWORD = 'canary-password "\\\u00e9{}&=+%\u2603'
const BAD = [
  'canary',
  '{}',
  '{"password":"canary"}',
  '{"user":"canary","password":"canary","x":"y"}',
]

type Service = {
  readonly problems: readonly string[] | (() => readonly string[])
  readonly stop: () => Promise<void>
}

function caseOf(
  service: Service,
  rest: Pick<AuthKindCase, 'auth' | 'url' | 'fields'>,
): AuthKindCase {
  return {
    ...rest,
    text: JSON.stringify(rest.fields),
    bad: BAD,
    canaries: ['canary-app-key'],
    stop: async () => {
      await service.stop()
      const { problems } = service
      expect(typeof problems === 'function' ? problems() : problems).toEqual([])
    },
  }
}

testAuthKind('login-flow', async () => {
  const company = { companyDb: 'SBODEMOUS', userName: 'canary-manager', password: PASSWORD }
  const service = await startBusinessOne(company)
  return caseOf(service, {
    auth: businessOneFlow(service.baseUrl),
    url: `${service.baseUrl}/Orders`,
    fields: { company: 'SBODEMOUS', user: 'canary-manager', password: PASSWORD },
  })
})

testAuthKind('login-flow', async () => {
  process.env.TEST_LOGIN_APP_KEY = 'canary-app-key'
  const service = await startCompanyService('canary-anna', PASSWORD)
  return caseOf(service, {
    auth: companyFlow(service.origin),
    url: `${service.origin}/me`,
    fields: { user: 'canary-anna', password: PASSWORD },
  })
})

testAuthKind('login-flow', async () => {
  const service = await startDiscoveryService('canary-anna', PASSWORD)
  return caseOf(service, {
    auth: discoveryFlow(service.origin),
    url: `${service.origin}/api/me`,
    fields: { user: 'canary-anna', password: PASSWORD },
  })
})

testAuthKind('login-flow', async () => {
  const service = await startFormLogin('canary-anna', PASSWORD)
  return caseOf(service, {
    auth: formFlow(service.origin, {
      keepAlive: { method: 'GET', url: `${service.origin}/home`, maxAgeMs: 36_000_000 },
    }),
    url: `${service.origin}/api/status`,
    fields: { user: 'canary-anna', password: PASSWORD },
  })
})
