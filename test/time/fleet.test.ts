import { text } from 'node:stream/consumers'
import { Client } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { defineConnector, get, refreshToken, secret } from '../../src/connectors/index.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { createKeeperWorker } from '../../src/worker.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { makeKey } from '../fixtures/whole-path.js'
import { testBundle } from '../integration/stage.js'

/** `FLEET=100 FLEET_DAYS=30 SOAK_ROUNDS=1 npm test -- test/time/fleet.test.ts` takes half an hour beside other work. */
const CONNECTIONS = Number(process.env['FLEET'] ?? 20)
const DAYS = Number(process.env['FLEET_DAYS'] ?? 4)
const IN_USE = CONNECTIONS / 5
const HOURS_A_DAY = 24
const MIB = 2 ** 20

let environment: TestWorkflowEnvironment
let upstream: LoopbackServer
const issued = new Map<string, number>()
let calls = 0

beforeAll(async () => {
  upstream = await startLoopbackServer(async (request, response) => {
    if (request.url === '/me') {
      calls += 1
      sendJson(response, 200, { name: 'me' })
      return
    }
    const grant = new URLSearchParams(await text(request)).get('refresh_token') ?? ''
    const [name = '', number = '0'] = grant.split('.')
    issued.set(name, (issued.get(name) ?? 0) + 1)
    sendJson(response, 200, {
      access_token: `token-${name}-${number}`,
      refresh_token: `${name}.${Number(number) + 1}`,
      token_type: 'bearer',
      expires_in: 3600,
    })
  })
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServerPath') } },
  })
}, 60_000)
afterAll(async () => {
  await environment.teardown()
  await upstream.stop()
})

it(`${CONNECTIONS} connections of which some are used, ${DAYS} days: refreshes, runs, histories`, async () => {
  process.env['TEST_FLEET_SECRET'] = 'fleet'
  const { file, publicKey } = await makeKey()
  const connector = defineConnector({
    id: 'fleet',
    baseUrl: upstream.origin,
    auth: refreshToken({
      rotation: 'rotating',
      tokenUrl: `${upstream.origin}/token`,
      clientId: 'fleet',
      clientSecret: secret('env:TEST_FLEET_SECRET'),
    }),
    endpoints: { me: get('/me') },
  })
  const worker = await createKeeperWorker({
    connection: environment.nativeConnection,
    connectors: [connector],
    privateKeys: [secret(`file:${file}`)],
    workflowBundle: await testBundle(),
    shutdownGraceTime: '1s',
  })
  // The client of the environment lets time pass while it waits for results. Where several wait at once, the test
  // server (1.40.0) stands still at the next sleep, without a line of tokenkeeper as well.
  const client = new Client({ connection: environment.connection })
  const names = Array.from({ length: CONNECTIONS }, (_, index) => `c${index}`)
  const used = names.slice(0, IN_USE)
  await worker.runUntil(async () => {
    const keeper = new TokenkeeperClient({ client, publicKey })
    for (const name of names) await keeper.connect('fleet', name, { refreshToken: `${name}.0` })
    let longest = 0
    for (let day = 1; day <= DAYS; day += 1) {
      // The test server takes 90 s of one call for a silent client, and breaks its connection ("excess pings").
      for (let hour = 1; hour <= HOURS_A_DAY; hour += 1) await environment.sleep('1 hour')
      await Promise.all(used.map((name) => callMe(client, name, day)))
      for (const name of names)
        longest = Math.max(longest, (await handleOf(client, name).describe()).historyLength)
      const rss = Math.round(process.memoryUsage().rss / MIB)
      console.log(
        `day ${day}: ${sum(issued.values())} refreshes, longest history ${longest} events, ${rss} MiB`,
      )
    }
    expect(calls).toBe(used.length * DAYS)
    // A run ends at its next long sleep after 250 events.
    expect(longest).toBeLessThan(350)
    for (const name of names) {
      const status = await keeper.status('fleet', name)
      const refreshes = issued.get(name)
      expect(status).toMatchObject({ status: 'active', generation: refreshes })
      const days = used.includes(name) ? DAYS : 1
      // An hourly token is replaced after 70 to 80 % of its life; what nobody uses, once a day after its first.
      expect(refreshes).toBeGreaterThan((days * HOURS_A_DAY) / 0.8 - 4)
      expect(refreshes).toBeLessThan((days * HOURS_A_DAY) / 0.7 + 4 + (DAYS - days) / 0.9)
    }
    const runs = await Promise.all(names.map((name) => countRuns(client, name)))
    console.log(`runs of a connection: ${Math.min(...runs)} to ${Math.max(...runs)}`)
    expect(Math.max(...runs)).toBeLessThan(2 + (DAYS * HOURS_A_DAY * 12) / 0.7 / 250)
  })
}, 2_400_000)

async function callMe(client: Client, account: string, day: number): Promise<void> {
  await client.workflow.execute('callOnce', {
    taskQueue: 'tokenkeeper',
    workflowId: `flow-${day}-${account}`,
    args: [{ connector: 'fleet', account, taskQueue: 'tokenkeeper', endpoint: 'me' }],
  })
}

function handleOf(client: Client, account: string) {
  return client.workflow.getHandle(`token:fleet:${account}`)
}

async function countRuns(client: Client, account: string): Promise<number> {
  let runs = 0
  let runId: string | undefined
  do {
    const handle = client.workflow.getHandle(`token:fleet:${account}`, runId)
    const [started] = (await handle.fetchHistory()).events ?? []
    runs += 1
    runId = started?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? ''
  } while (runId !== '')
  return runs
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0)
}
