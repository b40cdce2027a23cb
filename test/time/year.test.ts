import { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { defineConnector, get, refreshToken, secret } from '../../src/connectors/index.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { createKeeperWorker } from '../../src/worker.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { makeKey } from '../fixtures/whole-path.js'
import { testBundle } from '../integration/stage.js'

let environment: TestWorkflowEnvironment
let tokens: LoopbackServer
let issued = 0

beforeAll(async () => {
  tokens = await startLoopbackServer((_request, response) => {
    issued += 1
    sendJson(response, 200, {
      access_token: `token-${String(issued)}`,
      refresh_token: `refresh-${String(issued)}`,
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
  await tokens.stop()
})

/** `npm run soak` takes the whole year, which CI runs too. */
const DAYS = Number(process.env['TOKENKEEPER_DAYS'] ?? 15)
const HOUR_MS = 3_600_000

it(`${String(DAYS)} days of hourly tokens: the right number of refreshes, jitter within its bounds, history bounded`, async () => {
  process.env['TEST_YEAR_SECRET'] = 'year'
  const { file, publicKey } = await makeKey()
  const connector = defineConnector({
    id: 'year',
    baseUrl: tokens.origin,
    auth: refreshToken({
      rotation: 'rotating',
      tokenUrl: `${tokens.origin}/token`,
      clientId: 'year',
      clientSecret: secret('env:TEST_YEAR_SECRET'),
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
  await worker.runUntil(async () => {
    const keeper = new TokenkeeperClient({ client: environment.client, publicKey })
    await keeper.connect('year', 'one', { refreshToken: 'refresh-0' })
    const startedAtMs = await environment.currentTimeMs()
    const gaps: number[] = []
    const handle = environment.client.workflow.getHandle('token:year:one')
    let seen = startedAtMs
    for (let day = 1; day <= DAYS; day += 1) {
      await environment.sleep('1 day')
      for (const event of await keeper.story('year', 'one')) {
        if (event.event !== 'refreshed' || event.atMs <= seen) continue
        gaps.push(event.atMs - seen)
        seen = event.atMs
      }
    }
    const hours = ((await environment.currentTimeMs()) - startedAtMs) / HOUR_MS
    // Each token is replaced after 70 to 80 % of its hour: 0.75 h in the mean.
    expect(issued).toBeGreaterThan(hours / 0.8)
    expect(issued).toBeLessThan(hours / 0.7 + 2)
    expect(gaps.length).toBeGreaterThan(hours / 0.8 - 50)
    const SLACK_MS = 10_000
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(0.7 * HOUR_MS - SLACK_MS)
    expect(Math.max(...gaps.slice(1))).toBeLessThanOrEqual(0.8 * HOUR_MS + SLACK_MS)
    expect(new Set(gaps.map((gap) => Math.round(gap / 1000))).size).toBeGreaterThan(
      Math.min(100, gaps.length / 4),
    )
    const history = await handle.fetchHistory()
    // A run ends at its next long sleep after 250 events, so that no replay takes long.
    expect(history.events?.length ?? 0).toBeLessThan(300)
    expect((await keeper.status('year', 'one')).generation).toBe(issued)
  })
}, 2_400_000)
