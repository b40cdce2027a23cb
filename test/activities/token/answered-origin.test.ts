import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveConnection } from '../../../activities/connection/resolve-connection.js'
import { openFields, splitFields } from '../../../activities/connection/sealed-fields.js'
import { failureCode } from '../../../src/contract/failure.js'
import { defineConnector, refreshToken, secret } from '../../../src/connectors/index.js'
import { createFirstEventClient } from './first-event-client.js'
import { RUN_ID, type Setup, setUpTokenActivities } from './token-activities-setup.js'

/** Salesforce's `instance_url`: the token answer says where the organisation's API is. */
const connector = defineConnector({
  id: 'crm',
  baseUrl: '{instance_url}/services/data/v60.0',
  auth: refreshToken({
    tokenUrl: 'https://login.example/token',
    clientId: 'app',
    clientSecret: secret('env:TEST_ORIGIN_SECRET'),
    rotation: 'rotating',
  }),
  variables: {
    instance_url: { from: 'answer', form: 'origin', hosts: ['*.my.salesforce.com'] },
  },
  endpoints: {},
})
const CONNECTION = 'crm/acme'

describe('a value of the token answer in the base URL', () => {
  let it: Setup
  let instanceUrl: unknown
  beforeAll(async () => {
    process.env.TEST_ORIGIN_SECRET = 'canary-secret'
    it = await setUpTokenActivities([connector], {
      client: createFirstEventClient(RUN_ID).client,
      exchangeOnce: () => {
        const answer = { access_token: 'canary-at', refresh_token: 'canary-rt-2' }
        const text = JSON.stringify({ ...answer, instance_url: instanceUrl })
        const times = { sentAtMs: Date.now(), answeredAtMs: Date.now() }
        return Promise.resolve({ ...times, sent: true, status: 200, headers: {}, text })
      },
    })
  })
  afterAll(() => {
    delete process.env.TEST_ORIGIN_SECRET
  })

  /** Mints, opens the token as a call would, and makes the base URL of it. */
  async function baseUrlAfter(answered: unknown, grant: Readonly<Record<string, string>>) {
    instanceUrl = answered
    const result = await it.run('tokenkeeper.mint', {
      connection: CONNECTION,
      grant: await it.seal(grant, 'grant', CONNECTION),
      attempt: 1,
      prior: 'clean',
      knownRunId: RUN_ID,
    })
    if (result.outcome !== 'minted') throw new Error(JSON.stringify(result))
    // A sealed text may hold four letters by chance.
    expect(JSON.stringify(result)).not.toMatch(/canary|evil\.|evilmy/)
    const opened = await openFields(it.keyring, result.token, {
      connection: CONNECTION,
      purpose: 'token',
    })
    const { variables, fields } = splitFields(opened, 'acme')
    expect(fields['accessToken']?.reveal()).toBe('canary-at')
    const resolved = resolveConnection(new Map([['crm', connector]]), CONNECTION)
    return resolved.withVariables(variables).baseText
  }

  test('is taken where the connector allows its host', async () => {
    expect(await baseUrlAfter('https://acme.my.salesforce.com/', { refreshToken: 'rt' })).toBe(
      'https://acme.my.salesforce.com/services/data/v60.0',
    )
  })

  const evil = [
    'https://evil.example',
    'https://my.salesforce.com.evil.example',
    'https://evilmy.salesforce.com',
    'http://acme.my.salesforce.com',
    'https://acme.my.salesforce.com@evil.example',
    'https://user:pw@acme.my.salesforce.com',
    'https://169.254.169.254',
    'https://[::1]',
    'https://acme.my.salesforce.com/path',
    'https://acme.my.salesforce.com#',
    'https://acme.my.salesforce.com\\@evil.example',
    'javascript:alert(1)',
    `https://${'evil.'.repeat(60)}my.salesforce.com`,
    ['https://acme.my.salesforce.com'],
    null,
  ]
  test.each(evil)('is ignored, and the call says what is missing: %j', async (answered) => {
    const failure = await baseUrlAfter(answered, { refreshToken: 'rt' }).catch((e: unknown) => e)
    expect(failureCode(failure)).toBe('InvalidConnection')
    expect(String(failure)).toMatch(/\{instance_url\} is missing, or may not stand there/)
    expect(String(failure)).not.toContain('evil')
  })

  test.each(evil)('leaves the one that was known: %j', async (answered) => {
    const known = { refreshToken: 'rt', $instance_url: 'https://acme.my.salesforce.com' }
    expect(await baseUrlAfter(answered, known)).toContain('https://acme.my.salesforce.com/')
  })
})
