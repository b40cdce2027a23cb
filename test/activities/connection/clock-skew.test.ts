import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sealFields } from '../../../activities/connection/sealed-fields.js'
import { createVerify } from '../../../activities/token/verify.js'
import { awsSigV4, defineConnector, get, hmac, post } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'
import { sigV4Refusal } from '../../auth/aws-sigv4/verify-sigv4.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  failureOf,
  heartbeatClient,
  type Seen,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

/** The upstream is ten minutes ahead of this worker, and takes signatures of the last five. */
const OFF_MS = 600_000
const MAX_AGE_MS = 300_000
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: CANARY }

let offMs = OFF_MS
let applied = 0
let upstream: Upstream
let bench: ActivityBench

const itsNow = (): number => Date.now() + offMs

/** Written from the definition below with Node alone. */
function hmacRefusal({ method, path, headers, body }: Seen): string | undefined {
  const timestamp = String(headers['x-timestamp'])
  const right = createHmac('sha256', CANARY).update(`${timestamp}${method}${path}${body}`)
  if (headers['x-signature'] !== right.digest('hex')) return 'signature'
  const ageMs = Math.abs(itsNow() - Number(timestamp))
  return Number.isNaN(ageMs) || ageMs > MAX_AGE_MS ? 'time' : undefined
}

beforeAll(async () => {
  upstream = await startUpstream((seen, _request, response) => {
    const account = { ...KEYS, service: 'es', region: 'eu-central-1', s3: false }
    const onAws = seen.path.startsWith('/aws/')
    const refusal = onAws
      ? sigV4Refusal({ ...seen, target: seen.path }, account, itsNow())
      : hmacRefusal(seen)
    response.setHeader('date', new Date(itsNow()).toUTCString())
    if (refusal === undefined && seen.method === 'POST') applied += 1
    // AWS refuses by 403, others by 401.
    if (refusal === undefined) sendJson(response, 200, { id: 7 })
    else sendJson(response, onAws ? 403 : 401, { refusal })
  })
})
afterAll(() => upstream.stop())

beforeEach(async () => {
  offMs = OFF_MS
  applied = 0
  upstream.seen.length = 0
  const endpoints = { 'orders.list': get('/orders'), 'orders.create': post('/orders') }
  // A keyring of its own, as another worker has.
  bench = await createActivityBench([
    defineConnector({
      id: 'exchange',
      baseUrl: upstream.origin,
      auth: hmac({
        algorithm: 'hmac-sha256',
        text: '{timestamp}{method}{target}{body}',
        encoding: 'hex',
        timestamp: 'milliseconds',
        headers: { 'X-Timestamp': '{timestamp}', 'X-Signature': '{signature}' },
      }),
      endpoints,
      verify: 'orders.list',
    }),
    defineConnector({
      id: 'aws',
      baseUrl: `${upstream.origin}/aws`,
      auth: awsSigV4({ service: 'es', region: 'eu-central-1' }),
      endpoints,
    }),
  ])
})

async function input(connection: string, endpoint: string, key = CANARY) {
  const fields = connection.startsWith('aws')
    ? { accessKeyId: new Secret(KEYS.accessKeyId), secretAccessKey: new Secret(key) }
    : { secret: new Secret(key) }
  const sealed = await sealFields(bench.keyring, fields, { connection, purpose: 'token' })
  const lease = await bench.lease(connection, { sealed })
  const values = endpoint === 'orders.create' ? { body: { total: 1 } } : {}
  return { connection, endpoint, lease, input: values, idempotencyKey: 'key-1' }
}

describe.each(['exchange/default', 'aws/default'])('%s, whose clock is ten minutes off', (name) => {
  test('the first call works after one repeat, the second needs none', async () => {
    expect(await bench.call(await input(name, 'orders.list'))).toMatchObject({ outcome: 'done' })
    expect(upstream.seen).toHaveLength(2)
    expect(await bench.call(await input(name, 'orders.list'))).toMatchObject({ outcome: 'done' })
    expect(upstream.seen).toHaveLength(3)
  })

  test('a write without an idempotency key is repeated too, and applied once', async () => {
    const work = bench.call(await input(name, 'orders.create'), { client: heartbeatClient([]) })
    expect(await work).toMatchObject({ outcome: 'done' })
    expect(upstream.seen.map(({ method }) => method)).toEqual(['POST', 'POST'])
    expect(applied).toBe(1)
  })

  test('a wrong secret is told apart from the clock, and each is told', async () => {
    const failure = await failureOf(bench.call(await input(name, 'orders.list', 'wrong')))
    expect(upstream.seen).toHaveLength(2)
    expect(failure.message).toMatch(
      /this worker's clock is off by (599|600|601) s against the upstream \(behind\); signed with the upstream's time it was refused all the same, so look at the credential/,
    )
    expect(failure.details).toMatchObject({ clockOffMs: expect.any(Number) as number })
    expect(failure.text).not.toContain(CANARY)
    expect(applied).toBe(0)
  })

  test('a clock that is off by more than half a day is what the failure is about', async () => {
    offMs = -13 * 3_600_000
    const failure = await failureOf(bench.call(await input(name, 'orders.list')))
    expect(upstream.seen).toHaveLength(1)
    expect(failure.message).toMatch(
      /this worker's clock is off by 4\d{4} s .*too far to be corrected/,
    )
  })

  test('clocks that agree: one request, refused or not', async () => {
    offMs = 0
    expect(await bench.call(await input(name, 'orders.list'))).toMatchObject({ outcome: 'done' })
    const failure = await failureOf(bench.call(await input(name, 'orders.list', 'wrong')))
    expect(upstream.seen).toHaveLength(2)
    expect(failure.message).not.toMatch(/clock/)
  })
})

test('verify learns the clock as well, and calls begin with it', async () => {
  const connection = 'exchange/default'
  const verify = createVerify(bench.keeper)
  const { lease } = await input(connection, 'orders.list')
  expect(await verify({ connection, token: lease.sealed })).toMatchObject({ outcome: 'accepted' })
  expect(upstream.seen).toHaveLength(2)
  expect(await bench.call(await input(connection, 'orders.list'))).toMatchObject({
    outcome: 'done',
  })
  expect(upstream.seen).toHaveLength(3)
})
