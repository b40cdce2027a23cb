import { withoutUndefined } from '../../../src/contract/plain-data.js'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { definitionFingerprint } from '../../../activities/token/definition-fingerprint.js'
import {
  apiKey,
  basic,
  clientCredentials,
  type Connector,
  defineConnector,
  get,
  refreshToken,
  secret,
} from '../../../src/connectors/index.js'
import { failureCode } from '../../../src/contract/failure.js'
import { isSealed, type Sealed } from '../../../src/contract/sealed.js'
import { createReferenceAllowList } from '../../../src/sealing/reference-allow-list.js'
import { createFirstEventClient } from './first-event-client.js'
import { CONNECTION, RUN_ID, type Setup, setUpTokenActivities } from './token-activities-setup.js'

const endpoints = { me: get('/me') }
const oauth = {
  tokenUrl: 'https://{account}.login.example/token',
  clientId: 'app',
  clientSecret: secret('env:NOT_LOOKED_AT'),
}
const shop = defineConnector({
  id: 'shop',
  baseUrl: 'https://shop.example',
  auth: refreshToken({ ...oauth, refresh: { graceWindowMs: 30_000 } }),
  endpoints,
  verify: 'me',
})
const erp = defineConnector({
  id: 'erp',
  baseUrl: 'https://erp.example',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  endpoints,
  maxLeaseAgeMs: 5000,
})
const base = { baseUrl: 'https://erp.example', endpoints }
const crm = defineConnector({ ...base, id: 'crm', auth: basic() })
const pay = defineConnector({ ...base, id: 'pay', auth: clientCredentials(oauth) })

let it: Setup
const firstEvent = createFirstEventClient(RUN_ID)
beforeAll(async () => {
  it = await setUpTokenActivities([shop, erp, crm, pay], { client: firstEvent.client })
})

describe('tokenkeeper.describe', () => {
  test('tells the facts of a connector with the defaults of its policy', async () => {
    expect(await it.run('tokenkeeper.describe', { connection: CONNECTION })).toEqual({
      outcome: 'known',
      searchAttributes: [],
      maxIdBytes: 1000,
      facts: {
        kind: 'refresh-token',
        fingerprint: await definitionFingerprint(shop, it.keyring),
        refreshes: true,
        consumesGrant: true,
        hasVerify: true,
        revokes: true,
        revokesOneGrant: true,
        authorizes: false,
        policy: {
          earlyRefresh: 'allowed',
          refreshRevokesAccess: false,
          minRefreshGapMs: 1000,
          graceWindowMs: 30_000,
          mode: 'used',
          usedWithinMs: 86_400_000,
          catchUpMs: 300_000,
          maxLeaseAgeMs: 600_000,
        },
      },
    })
    const { facts } = (await it.run('tokenkeeper.describe', { connection: 'erp' })) as never
    expect(facts).toMatchObject({
      kind: 'api-key',
      refreshes: false,
      consumesGrant: false,
      hasVerify: false,
      policy: { maxLeaseAgeMs: 5000 },
    })
  })

  test.each([
    ['nothing/acme', /no connector 'nothing' \(it has: shop, erp, crm, pay\)/],
    ['No Name', /connector\/account/],
    ['shop/a.b', /letters, digits and hyphens/],
  ])('says why %s is not known', async (connection, message) => {
    const described = await it.run('tokenkeeper.describe', { connection })
    expect(described).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(message) as string,
    })
  })

  test('asks for the search attributes once a minute; none, or one of another type, is no failure', async () => {
    let now = 0
    let asked = 0
    const list = () => {
      asked += 1
      return asked === 1
        ? Promise.reject(new Error('no permission'))
        : Promise.resolve({ Mine: 2, TokenkeeperStatus: 2, TokenkeeperTags: 2 })
    }
    const own = await setUpTokenActivities([erp], { listSearchAttributes: list, now: () => now })
    const names = async () =>
      (await own.run('tokenkeeper.describe', { connection: 'erp' })).searchAttributes
    expect(await names()).toEqual([])
    expect(await names()).toEqual(['TokenkeeperStatus'])
    now = 59_999
    expect(await names()).toEqual(['TokenkeeperStatus'])
    expect(asked).toBe(2)
    now = 60_000
    await names()
    expect(asked).toBe(3)
  })
})

test('the fingerprint tells definitions apart by what decides on tokens', async () => {
  const fingerprint = (connector: Connector) => definitionFingerprint(connector, it.keyring)
  const base = await fingerprint(shop)
  expect(base).toMatch(/^[0-9a-f]{16}$/)
  const { id, ...rest } = shop
  expect(await fingerprint({ ...rest, id })).toBe(base)
  expect(await fingerprint({ ...shop, endpoints: { ...endpoints, more: get('/more') } })).toBe(base)
  const different: Connector[] = [
    { ...shop, baseUrl: 'https://other.example' },
    { ...shop, auth: refreshToken({ ...oauth, scope: 'more' }) },
    { ...shop, auth: refreshToken({ ...oauth, clientSecret: secret('env:OTHER') }) },
    { ...shop, endpoints: { me: get('/you') } },
    { ...shop, expired: { status: [419] } },
    { ...shop, origins: ['https://files.example'] },
  ]
  expect(new Set([base, ...(await Promise.all(different.map(fingerprint)))]).size).toBe(7)
})

test('the fingerprint changes with the value behind a secret, and only whoever has the key can test a guess', async () => {
  const named = { ...shop, auth: refreshToken({ ...oauth, clientSecret: secret('env:MENDED') }) }
  const other = await setUpTokenActivities([named])
  const seen = []
  for (const value of [undefined, 'old', 'new', 'old']) {
    if (value === undefined) delete process.env['MENDED']
    else process.env['MENDED'] = value
    seen.push(await definitionFingerprint(named, it.keyring))
    expect(await definitionFingerprint(named, other.keyring)).not.toBe(seen.at(-1))
  }
  delete process.env['MENDED']
  expect(new Set(seen).size).toBe(3)
  expect(seen[3]).toBe(seen[1])
})

describe('tokenkeeper.prepare', () => {
  const prepare = async (connection: string, sealed: Sealed) =>
    await it.run('tokenkeeper.prepare', { connection, source: { sealed } })
  const credential = (value: Record<string, string> | string, connection = CONNECTION) =>
    it.seal(value, 'credential', connection)

  test('seals one text as the grant of the kind', async () => {
    const result = await prepare(CONNECTION, await credential('canary-refresh\n'))
    expect(result).toMatchObject({ outcome: 'prepared', runId: RUN_ID })
    if (result.outcome === 'refused') throw new Error(result.message)
    expect(isSealed(result.grant)).toBe(true)
    expect(result.grantFingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(await it.open(result.grant, 'grant')).toEqual({ refreshToken: 'canary-refresh' })
  })

  test('brings the description along where it is asked for, and refuses all the same what is unknown', async () => {
    const source = { sealed: await credential('canary-refresh') }
    const both = { source, describes: true } as const
    const input = { connection: CONNECTION, ...both }
    expect(await it.run('tokenkeeper.prepare', input)).toMatchObject({
      outcome: 'prepared',
      description: await it.run('tokenkeeper.describe', { connection: CONNECTION }),
    })
    const unknown = { connection: 'nothing/acme', ...both }
    expect(await it.run('tokenkeeper.prepare', unknown)).toMatchObject({
      outcome: 'refused',
      description: await it.run('tokenkeeper.describe', { connection: 'nothing/acme' }),
    })
  })

  test('names the run only where the message is surely not one of before a reset', async () => {
    const sealed = await credential('canary-refresh')
    for (const originalRunId of ['another', '']) {
      firstEvent.originalRunId = originalRunId
      const result = await prepare(CONNECTION, sealed)
      expect(result).toMatchObject({ outcome: 'prepared' })
      expect(withoutUndefined(result)).not.toHaveProperty('runId')
    }
    firstEvent.originalRunId = RUN_ID
  })

  test('the fingerprint of a grant stays with its content', async () => {
    const of = async (text: string) => {
      const result = await prepare(CONNECTION, await credential(text))
      return result.outcome === 'prepared' ? result.grantFingerprint : result.message
    }
    expect(await of('one')).toBe(await of('one'))
    expect(await of('one')).toBe(await of('{"refreshToken":"one"}'))
    expect(await of('one')).not.toBe(await of('two'))
  })

  test('resolves a reference of the allow-list, and no other', async () => {
    process.env.TOKENKEEPER_SECRET_PREPARE = 'canary-key'
    process.env.PREPARE_OTHER = 'canary-other'
    const prepared = (reference: string) =>
      it.run('tokenkeeper.prepare', { connection: 'erp', source: { reference } })
    expect(await prepared('env:TOKENKEEPER_SECRET_PREPARE')).toMatchObject({ outcome: 'prepared' })
    expect(await prepared('env:PREPARE_OTHER')).toMatchObject({
      outcome: 'refused',
      code: 'ReferenceRefused',
    })
    expect(await prepared('file:/etc/passwd')).toMatchObject({ code: 'ReferenceRefused' })
    expect(await prepared('env:TOKENKEEPER_SECRET_MISSING')).toMatchObject({
      outcome: 'refused',
      code: 'SecretUnresolved',
    })
  })

  test('reads a file with its newline', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prepare-'))
    await writeFile(join(folder, 'pair'), 'canary-user:canary:pass\n')
    const own = await setUpTokenActivities([crm], {
      references: createReferenceAllowList({ allow: [`file:${folder}/*`] }),
    })
    const source = { reference: `file:${folder}/pair` }
    const result = await own.run('tokenkeeper.prepare', { connection: 'crm', source })
    if (result.outcome === 'refused') throw new Error(result.message)
    const binding = { connection: 'crm', purpose: 'grant' } as const
    const opened = await own.keyring.open(result.grant, binding)
    expect(opened.reveal()).toBe('{"password":"canary:pass","username":"canary-user"}')
  })

  test('client credentials need none where the connector names them', async () => {
    expect(await prepare('pay', await credential({}, 'pay'))).toMatchObject({ outcome: 'prepared' })
  })

  test.each([
    ['{}', 'shop/acme', 'InvalidInput'],
    ['{"refresh_token":"canary"}', 'shop/acme', 'InvalidInput'],
    ['{"refreshToken":7}', 'shop/acme', 'InvalidInput'],
    ['canary', 'crm', 'InvalidInput'],
    ['canary', 'nothing', 'UnknownConnector'],
  ])('refuses %s for %s with its reason', async (text, connection, code) => {
    const result = await prepare(connection, await credential(text, connection))
    expect(result).toMatchObject({ outcome: 'refused', code })
    expect(JSON.stringify(result)).not.toContain('canary')
  })

  test('a sealed value of another connection or purpose is refused, as an answer', async () => {
    const code = 'SealInvalid'
    expect(await prepare(CONNECTION, await credential('x', 'erp'))).toMatchObject({ code })
    expect(await prepare(CONNECTION, await it.seal('x', 'grant'))).toMatchObject({ code })
    expect(await prepare(CONNECTION, 'nonsense' as Sealed)).toMatchObject({ code })
  })

  test('a key that this worker lacks is a retryable failure', async () => {
    const other = await setUpTokenActivities([shop])
    const failed = prepare(CONNECTION, await other.seal('x', 'credential'))
    const error: unknown = await failed.catch((reason: unknown) => reason)
    expect(failureCode(error)).toBe('KeyMissing')
    expect(error).toMatchObject({ nonRetryable: false })
  })
})
