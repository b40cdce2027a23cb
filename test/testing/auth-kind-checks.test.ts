import { describe, expect, it } from 'vitest'
import type { AuthKind } from '../../src/auth/auth-kind.js'
import { apiKeyKind } from '../../src/auth/api-key.js'
import { basicKind } from '../../src/auth/basic.js'
import { createExchangeOnce } from '../../activities/http/exchange-once.js'
import { LOOPBACK } from '../fixtures/loopback-policy.js'
import { apiKey, basic } from '../../src/connectors/index.js'
import type { ApiKeyAuth } from '../../src/connectors/index.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { authKindChecks } from '../../src/testing/index.js'

const context = {
  exchangeOnce: createExchangeOnce({ network: LOOPBACK }),
  resolve: resolveDefinitionSecret,
}
const auth = apiKey({ in: 'header', name: 'X-Key' })
const example = { auth, fields: { apiKey: 'canary-key' }, context }

describe('authKindChecks', () => {
  for (const { name, run } of authKindChecks(apiKeyKind, example)) it(`api-key: ${name}`, run)
  const basicExample = { auth: basic(), fields: { username: 'anna', password: 'canary' }, context }
  for (const { name, run } of authKindChecks(basicKind, basicExample)) it(`basic: ${name}`, run)

  it.each<[string, Partial<AuthKind<ApiKeyAuth>>, number]>([
    ['accepts everything', { checkFields: () => undefined }, 1],
    ['repeats the value', { checkFields: () => 'canary-key is wrong' }, 2],
    ['forgets the credential', { authorize: (request) => request }, 1],
    [
      'leads to another origin',
      { authorize: (request) => ({ ...request, url: new URL('https://evil.example/') }) },
      1,
    ],
  ])('finds a kind that %s', async (_name, broken, failures) => {
    const checks = authKindChecks({ ...apiKeyKind, ...broken }, example)
    const results = await Promise.allSettled(checks.map(({ run }) => run()))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(failures)
  })
})
