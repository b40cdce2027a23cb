import { withoutUndefined } from '../../../src/contract/plain-data.js'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import {
  apiKey,
  clientCredentials,
  defineConnector,
  refreshToken,
  secret,
} from '../../../src/connectors/index.js'
import { failureCode } from '../../../src/contract/failure.js'
import type { MintInput, MintResult } from '../../../src/contract/token-activities.js'
import {
  type AuthorizationServer,
  DEFAULT_CLIENT,
  startAuthorizationServer,
} from '../../fixtures/authorization-server.js'
import { fetchRefreshToken } from '../../fixtures/fetch-refresh-token.js'
import { until } from '../../integration/until.js'
import { createFirstEventClient } from './first-event-client.js'
import {
  asTokenWorkflow,
  CONNECTION,
  RUN_ID,
  type Setup,
  setUpTokenActivities,
} from './token-activities-setup.js'
import {
  type MisbehavingProxy,
  MISBEHAVIOURS,
  startMisbehavingProxy,
} from '../../fixtures/misbehaving-proxy.js'

let server: AuthorizationServer
let proxy: MisbehavingProxy
let it: Setup
const firstEvent = createFirstEventClient(RUN_ID)

beforeAll(async () => {
  server = await startAuthorizationServer()
  proxy = await startMisbehavingProxy(server.origin)
  process.env.TEST_MINT_CLIENT_SECRET = DEFAULT_CLIENT.clientSecret
  const base = { baseUrl: 'https://shop.example', endpoints: {} }
  const oauth = {
    tokenUrl: `${proxy.origin}/token`,
    clientId: DEFAULT_CLIENT.clientId,
    clientSecret: secret('env:TEST_MINT_CLIENT_SECRET'),
  }
  it = await setUpTokenActivities(
    [
      defineConnector({
        ...base,
        id: 'shop',
        auth: refreshToken({ ...oauth, rotation: 'rotating' }),
      }),
      defineConnector({ ...base, id: 'pay', auth: clientCredentials(oauth) }),
      defineConnector({ ...base, id: 'erp', auth: apiKey({ in: 'header', name: 'X-Api-Key' }) }),
      defineConnector({
        ...base,
        id: 'inside',
        auth: clientCredentials({ ...oauth, tokenUrl: 'https://10.0.0.1/token' }),
      }),
      defineConnector({
        ...base,
        id: 'unset',
        auth: clientCredentials({ ...oauth, clientSecret: secret('env:TEST_MINT_NOT_SET') }),
      }),
    ],
    {
      client: firstEvent.client,
      exchangeOnce: createExchangeOnce({ network: LOOPBACK, totalTimeoutMs: 4000 }),
    },
  )
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
})

async function grantOf(refresh: string) {
  return await it.seal({ refreshToken: refresh }, 'grant')
}

async function mint(grant: MintInput['grant'], more: Partial<MintInput> = {}) {
  const input = { connection: CONNECTION, grant, attempt: 1, prior: 'clean', knownRunId: RUN_ID }
  const result = await it.run('tokenkeeper.mint', { ...input, ...more } as MintInput)
  expect(JSON.stringify(result)).not.toContain('canary')
  return result
}

type Minted = Extract<MintResult, { outcome: 'minted' }>

describe('tokenkeeper.mint with a rotating refresh token', () => {
  test('each new grant gets the next token; an old one has ended', async () => {
    const first = await grantOf((await fetchRefreshToken(server)).refreshToken)
    const one = (await mint(first)) as Minted
    expect(one).toMatchObject({ outcome: 'minted', runId: RUN_ID, lifetimeMs: 6000 })
    expect(one.sentAtMs).toBeLessThanOrEqual(one.answeredAtMs)
    expect(Object.keys(await it.open(one.token, 'token'))).toEqual(['accessToken'])
    const two = (await mint(one.grant)) as Minted
    expect(two.outcome).toBe('minted')
    expect(two.grantFingerprint).not.toBe(one.grantFingerprint)
    expect(await mint(first)).toMatchObject({
      outcome: 'failed',
      class: 'invalid_grant',
      code: 'invalid_grant',
      definition: one.definition,
      message: expect.stringMatching(/^No token for shop\/acme: .*Authorise/) as string,
    })
  })

  test('heartbeats after two seconds, and every second from then on', async () => {
    const grant = await grantOf((await fetchRefreshToken(server)).refreshToken)
    proxy.next({ kind: 'pass', delayMs: 4500 })
    it.heartbeats.length = 0
    const started = Date.now()
    await mint(grant)
    const [first = 0, second = 0] = it.heartbeats.map((at) => at - started)
    // Timers of Node may be early by a millisecond.
    expect(first).toBeGreaterThan(1990)
    expect(second - first).toBeGreaterThan(990)
  })

  test('an answer that does not arrive is ambiguous, and the replay finds the grant gone', async () => {
    const grant = await grantOf((await fetchRefreshToken(server)).refreshToken)
    proxy.next(MISBEHAVIOURS.resetAfter)
    expect(await mint(grant)).toMatchObject({ outcome: 'failed', class: 'ambiguous' })
    expect(await mint(grant)).toMatchObject({ outcome: 'failed', class: 'invalid_grant' })
  })

  test.each([
    ['reset before', MISBEHAVIOURS.resetBefore, 'ambiguous'],
    ['truncated', MISBEHAVIOURS.truncated, 'ambiguous'],
    ['hang', MISBEHAVIOURS.hang, 'ambiguous'],
    ['HTML at 200', MISBEHAVIOURS.html200Forwarded, 'ambiguous'],
    ['HTML at 403', MISBEHAVIOURS.html403, 'firewall'],
    ['oversized', MISBEHAVIOURS.oversized, 'ambiguous'],
    ['redirect', MISBEHAVIOURS.redirect('http://127.0.0.1:9/'), 'misconfigured'],
  ] as const)('%s', async (_name, misbehaviour, failureClass) => {
    const { refreshToken: refresh } = await fetchRefreshToken(server)
    proxy.next(misbehaviour)
    const result = await mint(await grantOf(refresh))
    expect(result).toMatchObject({ outcome: 'failed', class: failureClass })
    expect(JSON.stringify(result)).not.toContain(refresh)
  })

  test('refused connection: nothing was sent', async () => {
    await proxy.refuse()
    const result = await mint(await grantOf('x'))
    await proxy.accept()
    expect(result).toMatchObject({ outcome: 'failed', class: 'not_sent', code: 'ECONNREFUSED' })
  })
})

describe('a run that comes from a reset', () => {
  test('asks for no token when another run recorded the last result', async () => {
    const before = server.counters.tokenRequests
    const result = await mint(await grantOf('x'), { knownRunId: 'another' })
    expect(result).toEqual({ outcome: 'rolled_back', runId: RUN_ID })
    expect(server.counters.tokenRequests).toBe(before)
  })

  test('right after the start its first event tells', async () => {
    const grant = await grantOf((await fetchRefreshToken(server)).refreshToken)
    const before = server.counters.tokenRequests
    firstEvent.originalRunId = 'another'
    expect(await withoutRun(grant)).toEqual({ outcome: 'rolled_back', runId: RUN_ID })
    firstEvent.originalRunId = ''
    expect(await withoutRun(grant)).toMatchObject({
      outcome: 'failed',
      class: 'not_sent',
      code: 'HistoryUnavailable',
    })
    expect(server.counters.tokenRequests).toBe(before)
    firstEvent.originalRunId = RUN_ID
    expect(await withoutRun(grant)).toMatchObject({ outcome: 'minted' })
    expect(firstEvent.requests.at(-1)).toMatchObject({
      execution: { runId: RUN_ID },
      maximumPageSize: 1,
    })
  })

  test('kinds that consume nothing are not looked at', async () => {
    const asked = firstEvent.requests.length
    const grant = await it.seal({}, 'grant', 'pay')
    expect(await withoutRun(grant, 'pay')).toMatchObject({ outcome: 'minted' })
    expect(firstEvent.requests).toHaveLength(asked)
  })

  async function withoutRun(grant: MintInput['grant'], connection = CONNECTION) {
    const input = { connection, grant, attempt: 1, prior: 'clean' } as const
    return await it.run('tokenkeeper.mint', input)
  }
})

describe('other kinds', () => {
  test('client credentials keep their grant', async () => {
    const grant = await it.seal({}, 'grant', 'pay')
    const result = (await mint(grant, { connection: 'pay' })) as Minted
    expect(result).toMatchObject({ outcome: 'minted', grant, lifetimeMs: 6000 })
  })

  test('a static credential is its own token, without a lifetime', async () => {
    const grant = await it.seal({ apiKey: 'canary-key' }, 'grant', 'erp')
    const result = (await mint(grant, { connection: 'erp', previousLifetimeMs: 5 })) as Minted
    expect(result).toMatchObject({ outcome: 'minted', grant })
    expect(withoutUndefined(result)).not.toHaveProperty('lifetimeMs')
    const binding = { connection: 'erp', purpose: 'token' } as const
    const token = await it.keyring.open(result.token, binding)
    expect(token.reveal()).toBe('{"apiKey":"canary-key"}')
  })

  test('an answer without a lifetime takes the previous one', async () => {
    const grant = await it.seal({}, 'grant', 'pay')
    proxy.next({
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"access_token":"canary-opaque"}',
    })
    const more = { connection: 'pay', previousLifetimeMs: 4321 }
    expect(await mint(grant, more)).toMatchObject({ outcome: 'minted', lifetimeMs: 4321 })
  })
})

describe('before anything is sent', () => {
  test.each([
    ['a secret that is not set', 'unset', {}, 'SecretUnresolved'],
    ['an unknown connector', 'nothing', {}, 'UnknownConnector'],
  ])('%s is a failure with its code', async (_name, connection, fields, code) => {
    const grant = await it.seal(fields, 'grant', connection)
    const failed = mint(grant, { connection }).catch((error: unknown) => error)
    expect(failureCode(await failed)).toBe(code)
  })

  test('an address that may not be dialled is a matter of configuration', async () => {
    const result = await mint(await it.seal({}, 'grant', 'inside'), { connection: 'inside' })
    expect(result).toMatchObject({
      outcome: 'failed',
      class: 'misconfigured',
      code: 'AddressRefused',
      message: expect.stringMatching(
        /No token for inside: 10\.0\.0\.1 has an address .*network: \{/,
      ) as string,
    })
  })

  test('a grant of another connection or purpose does not open', async () => {
    for (const grant of [await it.seal({}, 'grant', 'pay'), await it.seal({}, 'token')])
      expect(failureCode(await mint(grant).catch((error: unknown) => error))).toBe('SealInvalid')
  })

  test('a grant that no longer fits the definition is a matter of configuration', async () => {
    const before = server.counters.tokenRequests
    expect(await mint(await it.seal({ apiKey: 'canary' }, 'grant'))).toMatchObject({
      outcome: 'failed',
      class: 'misconfigured',
      code: 'InvalidInput',
    })
    expect(server.counters.tokenRequests).toBe(before)
  })

  test('shutdown and cancellation do not end a request that is out', async () => {
    const grant = await grantOf((await fetchRefreshToken(server)).refreshToken)
    proxy.next({ kind: 'pass', delayAfterMs: 500 })
    const seen = proxy.counters.requests
    const logger = new DefaultLogger('ERROR')
    const environment = new MockActivityEnvironment(asTokenWorkflow(CONNECTION), { logger })
    const input = { connection: CONNECTION, grant, attempt: 1, prior: 'clean', knownRunId: RUN_ID }
    const running = environment.run(it.activities['tokenkeeper.mint'] as never, input)
    await until(
      () => proxy.counters.requests,
      (count) => count === seen + 1,
    )
    environment.cancel('WORKER_SHUTDOWN')
    expect(await running).toMatchObject({ outcome: 'minted' })
  })
})
