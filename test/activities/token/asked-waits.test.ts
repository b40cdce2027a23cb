import { withoutUndefined } from '../../../src/contract/plain-data.js'
import type { OutgoingHttpHeaders } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import {
  clientCredentials,
  defineConnector,
  loginFlow,
  refreshToken,
  secret,
} from '../../../src/connectors/index.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { type LoopbackServer, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createFirstEventClient } from './first-event-client.js'
import { RUN_ID, type Setup, setUpTokenActivities } from './token-activities-setup.js'

const DAY = 86_400_000
const firstEvent = createFirstEventClient(RUN_ID)

let server: LoopbackServer
let setup: Setup
let answer: { readonly status: number; readonly headers: OutgoingHttpHeaders }

beforeEach(async () => {
  server = await startLoopbackServer((_request, response) => {
    response.writeHead(answer.status, answer.headers).end('{}')
  })
  process.env['TEST_WAITS_SECRET'] = 'a-client-secret'
  const client = { clientId: 'one', clientSecret: secret('env:TEST_WAITS_SECRET') }
  const base = { baseUrl: server.origin, endpoints: {} }
  const urls = { tokenUrl: `${server.origin}/token`, revocationUrl: `${server.origin}/revoke` }
  setup = await setUpTokenActivities(
    [
      defineConnector({ ...base, id: 'token', auth: clientCredentials({ ...client, ...urls }) }),
      defineConnector({
        ...base,
        id: 'grant',
        auth: refreshToken({ ...client, ...urls, rotation: 'rotating' }),
      }),
      defineConnector({
        ...base,
        id: 'patient',
        limits: { maxWaitMs: 7 * DAY },
        auth: clientCredentials({ ...client, ...urls }),
      }),
      defineConnector({
        ...base,
        id: 'found',
        auth: clientCredentials({ ...client, issuer: server.origin }),
      }),
      defineConnector({
        ...base,
        id: 'login',
        auth: loginFlow({
          credential: ['password'],
          steps: [
            {
              name: 'first',
              method: 'POST',
              url: `${server.origin}/login`,
              body: { json: { password: '{password}' } },
              take: { token: { json: 'token' } },
            },
          ],
          token: { headers: { Authorization: 'Bearer {token}' } },
        }),
      }),
    ],
    { client: firstEvent.client, exchangeOnce: createExchangeOnce({ network: LOOPBACK }) },
  )
})
afterEach(() => server.stop())

async function mint(id: string) {
  const connection = `${id}/acme`
  const fields = { refreshToken: 'r', password: 'p' }
  const grant = await setup.seal(id === 'token' ? {} : fields, 'grant', connection)
  const input = { connection, grant, attempt: 1, prior: 'clean', knownRunId: RUN_ID } as const
  return await setup.run('tokenkeeper.mint', input)
}

async function revoke() {
  const connection = 'grant/acme'
  const grant = await setup.seal({ refreshToken: 'r' }, 'grant', connection)
  return await setup.run('tokenkeeper.revoke', { connection, grant })
}

/** Moments are written by the server's clock, which is hours off. */
const serverNowMs = Date.now() - 5 * 3_600_000
const date = new Date(serverNowMs).toUTCString()
const at = (seconds: number) => Math.floor(serverNowMs / 1000) + seconds

describe.each(['token', 'grant', 'found', 'login'])('a wait that the %s side asks for', (id) => {
  it.each<[OutgoingHttpHeaders, number]>([
    [{ 'Retry-After': '7.5' }, 7500],
    [{ 'Retry-After': ['7', '2'] }, 7000],
    [{ 'Retry-After': '7, 2' }, 7000],
    [{ Date: date, 'Retry-After': String(at(8)) }, 8000],
    [{ Date: date, 'Retry-After': new Date(at(3) * 1000).toUTCString() }, 3000],
    [{ 'X-RateLimit-Reset': '30' }, 30_000],
    [{ RateLimit: '"default";r=0;t=30' }, 30_000],
  ])('is heard: %j', async (headers, retryAfterMs) => {
    answer = { status: 429, headers }
    const result = await mint(id)
    expect(result).toMatchObject({ outcome: 'failed', class: 'throttled', retryAfterMs })
    expect(JSON.stringify(result)).not.toContain('longer than')
  })

  it.each(['31536000', '4102444800', 'Fri, 31 Dec 2055 23:59:59 GMT'])(
    'is a day at most, and says so: %s',
    async (told) => {
      answer = { status: 429, headers: { 'Retry-After': told } }
      expect(await mint(id)).toMatchObject({
        retryAfterMs: DAY,
        message: expect.stringMatching(
          /it asked for a wait of (365 days|more than a year), which is longer than limits.maxWaitMs allows; it is asked again after 24 hours/,
        ) as string,
      })
    },
  )

  it.each(['soon', '-5', '1e308', ''])('is none where it says nothing: %j', async (told) => {
    answer = { status: 429, headers: { 'Retry-After': told } }
    expect(withoutUndefined(await mint(id))).not.toHaveProperty('retryAfterMs')
  })
})

it('a connector may have more patience', async () => {
  answer = { status: 429, headers: { 'Retry-After': '31536000' } }
  expect(await mint('patient')).toMatchObject({ retryAfterMs: 7 * DAY })
})

it('revoking is tried again no sooner than the provider asks, and within a day', async () => {
  answer = { status: 503, headers: { 'Retry-After': '90' } }
  expect(await revoke()).toMatchObject({ outcome: 'failed', retryAfterMs: 90_000 })
  answer = { status: 429, headers: { 'Retry-After': ['31536000', '2'] } }
  expect(await revoke()).toMatchObject({ outcome: 'failed', retryAfterMs: DAY })
})
