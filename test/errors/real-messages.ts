import { randomBytes } from 'node:crypto'
import { freshTokenRejected } from '../../activities/fetch/fetch-failures.js'
import { judgeVerification } from '../../activities/token/judge-verification.js'
import type { Exchange } from '../../src/auth/kind/exchange.js'
import {
  apiKey,
  defineConnector,
  get,
  linkHeader,
  refreshToken,
} from '../../src/connectors/index.js'
import type { FailureCode } from '../../src/contract/failures.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { MintFailureClass, MintResult } from '../../src/contract/token-activities.js'
import type { ReauthReason, TokenStatus } from '../../src/contract/token-status.js'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import { waitingMessage } from '../../workflows/token/waiting-message.js'
import type { CallStage } from '../activities/call/call-stage.js'
import { sendJson } from '../fixtures/loopback-server.js'
import { createActivityBench, failureOf, heartbeatClient } from '../activities/activity-bench.js'
import { activeParts, healthOf } from '../workflows/token/token-fixtures.js'
import { setUpTokenActivities } from '../activities/token/token-activities-setup.js'
import { ofRecord } from './record-messages.js'

const answering =
  (status: number, headers: Record<string, string> = {}, body: unknown = {}) =>
  (stage: CallStage) => {
    stage.answer = (_seen, _request, response) => {
      sendJson(response, status, body, headers)
    }
  }
const dropping = (stage: CallStage) => {
  stage.answer = (_seen, request) => void request.socket.destroy()
}

/** The message of a call that meets an upstream which does as it is told. */
async function ofCall(
  stage: CallStage,
  meet: (stage: CallStage) => void,
  endpoint = 'orders.get',
  values: Record<string, unknown> = { id: 7 },
  connector = 'erp',
): Promise<string> {
  stage.reset()
  meet(stage)
  const input = await stage.input(endpoint, values, connector)
  const client = heartbeatClient([])
  return (await failureOf(stage.bench.call(input, { client }))).message
}

async function ofConnector(auth: Parameters<typeof defineConnector>[0]['auth'], baseUrl: string) {
  const connector = defineConnector({ id: 'erp', baseUrl, auth, endpoints: { me: get('/me') } })
  const bench = await createActivityBench([connector])
  const lease = await bench.lease('erp/default')
  const call = { connection: 'erp/default', endpoint: 'me', lease, input: {}, idempotencyKey: '' }
  return (await failureOf(bench.call(call))).message
}

const place: SyncCheckpoint = {
  cursor: '/orders?page=2',
  counters: { pages: 1, read: 50, written: 50 },
}

/** The message of a sync whose source answers a status and no records. */
async function ofSync(
  stage: CallStage,
  status: number,
  checkpoint: SyncCheckpoint = { counters: { pages: 0, read: 0, written: 0 } },
): Promise<string> {
  const endpoints = { list: get('/orders', { items: 'data.orders', paginate: linkHeader() }) }
  const baseUrl = stage.upstream.origin
  const bench = await createActivityBench([
    defineConnector({ id: 'erp', baseUrl, auth: key, endpoints }),
    ...[...stage.bench.connectors.values()].filter(({ id }) => id === 'asked'),
  ])
  stage.reset()
  answering(status)(stage)
  const failure = await failureOf(
    bench.sync(
      {
        from: { connection: 'erp/default', endpoint: 'list' },
        to: { connection: 'asked/default', endpoint: 'orders.createOnce' },
        fromLease: await bench.lease('erp/default'),
        toLease: await bench.lease('asked/default'),
        lineage: 'x',
        checkpoint,
      },
      { client: heartbeatClient([]) },
    ),
  )
  return failure.message
}

async function ofKeyring(open: 'none' | 'another' | 'moved'): Promise<string> {
  const [own, other] = [await generateKeyPair(), await generateKeyPair()]
  const keyring = await createKeyring([own.privateKey])
  const sealed = await keyring.seal('x', { connection: 'erp/acme', purpose: 'token' })
  const opener = await createKeyring(
    open === 'none' ? [] : [open === 'another' ? other.privateKey : own.privateKey],
  )
  const opening = opener.open(sealed, { connection: 'erp/default', purpose: 'token' })
  return (await failureOf(opening)).message
}

async function ofReference(reference: string): Promise<string> {
  const erp = defineConnector({
    id: 'erp',
    baseUrl: 'https://erp.example',
    auth: key,
    endpoints: {},
  })
  const { run } = await setUpTokenActivities([erp])
  const source = { reference }
  const prepared = await run('tokenkeeper.prepare', { connection: 'erp/default', source })
  return prepared.outcome === 'prepared' ? 'it was taken' : `${prepared.code}: ${prepared.message}`
}

const key = apiKey({ in: 'header', name: 'X-Api-Key' })

/** A message of each code, as it comes out of the code that has it; of `elsewhere` another test. */
export const CODE_MESSAGES: Readonly<
  Record<FailureCode, ((stage: CallStage) => Promise<string>) | { readonly elsewhere: string }>
> = {
  CredentialRejected: (stage) => ofCall(stage, answering(401)),
  FreshTokenRejected: () => Promise.resolve(freshTokenRejected('erp/default', 2, 401).message),
  InsufficientScope: (stage) =>
    ofCall(stage, answering(403, { 'www-authenticate': 'Bearer error="insufficient_scope"' })),
  UpstreamRejected: (stage) => ofCall(stage, answering(422)),
  UpstreamUnavailable: (stage) => ofCall(stage, answering(502)),
  RateLimited: (stage) =>
    Promise.resolve(
      judgeVerification({
        connection: 'erp/default',
        connector: stage.bench.connectors.get('erp') as never,
        host: 'erp.example',
        exchange: { ...exchange, status: 429, headers: { 'retry-after': '60' } },
      }).message ?? '',
    ),
  AmbiguousWrite: (stage) => ofCall(stage, dropping, 'orders.create', { body: { total: 1 } }),
  AnswerTooLarge: (stage) =>
    ofCall(stage, answering(200, {}, 'x'.repeat(2000)), 'orders.small', {}),
  AnswerUnreadable: (stage) =>
    ofCall(stage, (one) => (one.answer = (_s, _r, response) => void response.end('<html>'))),
  AnswerInvalid: (stage) => ofCall(stage, answering(200, {}, []), 'orders.typed'),
  ItemsMissing: (stage) => ofSync(stage, 200),
  ForeignOrigin: (stage) => ofCall(stage, answering(302, { location: 'https://other.example/' })),
  CheckpointOutdated: (stage) => ofSync(stage, 200, { ...place, definition: '0'.repeat(16) }),
  CursorRefused: (stage) => ofSync(stage, 410, place),
  AddressRefused: () => ofConnector(key, 'https://10.0.0.1'),
  UnknownConnector: async (stage) => {
    const input = { ...(await stage.input('orders.get')), connection: 'shop/default' }
    return (await failureOf(stage.bench.call(input))).message
  },
  UnknownEndpoint: (stage) => ofCall(stage, () => undefined, 'orders.gte'),
  InvalidConnection: async (stage) => {
    const input = { ...(await stage.input('orders.get')), connection: 'Not a name' }
    return (await failureOf(stage.bench.call(input))).message
  },
  InvalidInput: (stage) => ofCall(stage, () => undefined, 'orders.get', { id: 'a\r\nb' }),
  BadRecord: (stage) => ofRecord(stage, { id: 7 }, { sink: 'writeOrders' }),
  CustomAuthFailed: { elsewhere: 'test/auth/custom-functions.test.ts' },
  SinkFailed: (stage) => ofRecord(stage, { id: 7, total: 1 }, { sink: 'writeOrders' }),
  UnknownFunction: (stage) => ofRecord(stage, { id: 7, total: 1 }, { sink: 'writeOrder' }),
  InvalidDefinition: () =>
    new Promise((resolve, reject) => {
      try {
        defineConnector({ id: 'erp', baseUrl: 'erp.example', auth: key, endpoints: {} })
        reject(new Error('it was taken'))
      } catch (error) {
        resolve((error as Error).message.replaceAll(/\s+/g, ' '))
      }
    }),
  ConnectionNotUsable: { elsewhere: 'test/integration/operators.test.ts' },
  ConnectionRevoked: () => Promise.resolve(statusMessage('revoked')),
  NoKeyHere: () => ofKeyring('none'),
  KeyMissing: () => ofKeyring('another'),
  SealInvalid: () => ofKeyring('moved'),
  ReferenceRefused: () => ofReference('env:HOME'),
  SecretUnresolved: () => ofReference('env:TOKENKEEPER_SECRET_ERP_NOT_SET'),
  Internal: { elsewhere: 'test/activities/runtime/unforeseen.test.ts' },
}

/** The two other faces of `UpstreamUnavailable`, which tell the network from the provider. */
export const NETWORK_MESSAGES: Readonly<Record<string, (stage: CallStage) => Promise<string>>> = {
  ECONNREFUSED: (stage) => ofCall(stage, () => undefined, 'orders.get', { id: 7 }, 'gone'),
  UND_ERR_SOCKET: (stage) => ofCall(stage, dropping),
}

const exchange: Exchange = {
  sentAtMs: 0,
  answeredAtMs: 0,
  sent: true,
  status: 200,
  headers: { 'content-type': 'application/json' },
  text: '{}',
}
const told = (error: string, status = 400): Exchange => ({
  ...exchange,
  status,
  text: JSON.stringify({ error }),
})

const EXCHANGES: Readonly<Record<MintFailureClass, Exchange>> = {
  not_sent: {
    sentAtMs: 0,
    answeredAtMs: 0,
    sent: false,
    fault: 'ENOTFOUND',
    headers: {},
    text: '',
  },
  throttled: { ...exchange, status: 429 },
  server_error: { ...exchange, status: 502 },
  firewall: { ...exchange, status: 403, headers: { 'content-type': 'text/html' }, text: '<html>' },
  ambiguous: { sentAtMs: 0, answeredAtMs: 0, sent: true, fault: 'TIMEOUT', headers: {}, text: '' },
  invalid_grant: told('invalid_grant'),
  misconfigured: told('invalid_client', 401),
}

/** What a token request comes to whose exchange is of a class. */
export async function mintMessage(failureClass: MintFailureClass): Promise<MintResult> {
  const erp = defineConnector({
    id: 'erp',
    baseUrl: 'https://erp.example',
    auth: refreshToken({
      tokenUrl: 'https://login.example/token',
      clientId: 'app',
      clientAuthentication: 'none',
      rotation: 'none',
    }),
    endpoints: {},
  })
  const exchangeOnce = () => Promise.resolve(EXCHANGES[failureClass])
  const it = await setUpTokenActivities([erp], { exchangeOnce })
  const connection = 'erp/default'
  const text = JSON.stringify({ refreshToken: randomBytes(8).toString('hex') })
  const grant = await it.keyring.seal(new Secret(text), { connection, purpose: 'grant' })
  return await it.run('tokenkeeper.mint', { connection, grant, attempt: 1, prior: 'clean' })
}

/** What a flow reads that waits for a connection. */
export function statusMessage(status: TokenStatus, reason?: ReauthReason): string {
  const parts = { ...activeParts(), connection: 'erp/default' }
  if (status === 'paused')
    return waitingMessage({ ...parts, health: healthOf('active', undefined, true) })
  const lastFailure = {
    class: 'server_error',
    code: 'http_502',
    message: 'No token for erp/default: login.example failed (http_502).',
    sinceMs: 0,
    count: 1,
    sameClass: 1,
    refusals: 1,
  } as const
  const message =
    'No token for erp/default: login.example refused the request itself (invalid_client): look at client id, client secret, scope and tokenUrl of the connector. The grant is kept.'
  const ended = {
    ...lastFailure,
    class: 'invalid_grant',
    code: 'invalid_grant',
    message: 'No token for erp/default: login.example refused the grant (invalid_grant).',
  } as const
  const refused = {
    ...lastFailure,
    class: 'misconfigured',
    code: 'invalid_client',
    message,
  } as const
  return waitingMessage({
    ...parts,
    health: healthOf(status, reason),
    refresh: {
      ...parts.refresh,
      ...(status === 'degraded' ? { lastFailure } : {}),
      ...(status === 'needs_reauth' && reason !== 'rolled_back' ? { lastFailure: ended } : {}),
      ...(status === 'misconfigured' ? { lastFailure: refused, retryAtMs: 1 } : {}),
    },
  })
}
