import { afterAll, beforeAll, expect, it } from 'vitest'
import { judgeVerification } from '../../activities/token/judge-verification.js'
import {
  apiKey,
  clientCredentials,
  type Connector,
  defineConnector,
  get,
  secret,
} from '../../src/connectors/index.js'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'

const KEY = 'canary-troubled-key'
const OTHER_KEY = 'canary-key-of-another'
let upstream: LoopbackServer
let stage: Stage
let reply: { status: number; body?: unknown; headers?: Record<string, string> }

beforeAll(async () => {
  upstream = await startLoopbackServer((request, response) => {
    if (reply.status === 0) request.socket.resetAndDestroy()
    else sendJson(response, reply.status, reply.body ?? {}, reply.headers ?? {})
  })
  process.env['TEST_TROUBLE_SECRET'] = 'canary-wrong-client-secret'
  stage = await startStage({
    connectors: ({ run }) => [
      keyed(`api-${run}`, upstream.origin),
      defineConnector({
        id: `app-${run}`,
        baseUrl: upstream.origin,
        auth: clientCredentials({
          tokenUrl: `${upstream.origin}/token`,
          clientId: 'app',
          clientSecret: secret('env:TEST_TROUBLE_SECRET'),
        }),
        endpoints: {},
      }),
    ],
  })
  stage.canaries.push(['key', KEY])
  stage.canaries.push(['key of another', OTHER_KEY])
  stage.canaries.push(['client secret of the app', 'canary-wrong-client-secret'])
})
afterAll(async () => {
  await stage.end()
  await upstream.stop()
})

function keyed(id: string, baseUrl: string): Connector {
  return defineConnector({
    id,
    baseUrl,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    verify: 'me',
    identity: { subject: 'id', name: 'name' },
    endpoints: { me: get('/me') },
  })
}

async function refusal(connector: string, credential: Readonly<Record<string, string>>) {
  const error: unknown = await stage.keeper
    .connect(connector, 'default', credential)
    .then(() => undefined, keepError)
  if (!(error instanceof TokenkeeperError)) throw new Error('it was expected to be refused')
  expect(error.message).toContain(`${connector}/default`)
  expect((await stage.keeper.status(connector)).status).toBe('pending')
  return error
}

it.each([
  ['a wrong credential', { status: 401 }, 'CredentialRejected', 'give one that is valid'],
  [
    'a scope that is missing',
    { status: 403, body: { error: 'insufficient_scope' } },
    'InsufficientScope',
    'grant it at the provider',
  ],
  ['a provider that is down', { status: 503 }, 'UpstreamUnavailable', 'when the provider works'],
  ['a provider that throttles', { status: 429 }, 'RateLimited', 'connect again later'],
  ['a wrong base URL', { status: 404 }, 'UpstreamRejected', 'look at the base URL'],
])('connect tells of %s and what to do next', async (_name, answer, code, next) => {
  reply = answer
  const refused = await refusal(`api-${stage.run}`, { apiKey: KEY })
  expect(refused.code).toBe(code)
  expect(refused.message).toContain(next)
})

it('connect tells of a network that is in the way', async () => {
  reply = { status: 0 }
  const refused = await refusal(`api-${stage.run}`, { apiKey: KEY })
  expect(refused.code).toBe('UpstreamUnreachable')
  expect(refused.message).toContain('ECONNRESET')
})

it('connect tells of a client that is misconfigured', async () => {
  reply = { status: 401, body: { error: 'invalid_client' } }
  const refused = await refusal(`app-${stage.run}`, {})
  expect(refused.code).toBe('invalid_client')
  expect(refused.message).toContain('client secret')
})

it('connect tells whose account it is, refuses the key of another, and takes it where that is allowed', async () => {
  const connector = `api-${stage.run}`
  reply = { status: 200, body: { id: 1, name: 'Acme' } }
  const connected = await stage.keeper.connect(connector, 'default', { apiKey: KEY })
  expect(connected).toMatchObject({ status: 'active', account: { name: 'Acme' } })
  reply = { status: 200, body: { id: 2, name: 'Other' } }
  const other = stage.keeper.rotate(connector, 'default', { apiKey: OTHER_KEY })
  expect(await other.then(() => undefined, keepError)).toMatchObject({ code: 'OtherAccount' })
  expect(await stage.keeper.status(connector)).toMatchObject({ account: { name: 'Acme' } })
  const options = { allowOtherAccount: true }
  const taken = await stage.keeper.connect(connector, 'default', { apiKey: OTHER_KEY }, options)
  expect(taken).toMatchObject({ generation: 2, account: { name: 'Other' } })
})

it('a clock that is too far off is told before the credential is doubted', () => {
  const exchange = { sentAtMs: 0, answeredAtMs: 0, sent: true, status: 401, headers: {}, text: '' }
  const about = {
    connection: 'shop/acme',
    connector: keyed('shop', upstream.origin),
    host: 'x',
    exchange,
  }
  const judged = judgeVerification({ ...about, offMs: -86_400_000 })
  expect(judged).toMatchObject({ outcome: 'refused', code: 'ClockSkew' })
  expect(judged.message).toContain('set the clock of the keeper worker')
})
