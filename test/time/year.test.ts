import { TestWorkflowEnvironment } from '@temporalio/testing'
import type { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import {
  defineConnector,
  get,
  type RefreshOptions,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { type LeaseRequest, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { createKeeperWorker } from '../../src/worker.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { makeKey } from '../fixtures/whole-path.js'
import { testBundle } from '../integration/stage.js'

let environment: TestWorkflowEnvironment
let tokens: LoopbackServer
let worker: Worker
let running: Promise<void>
let keeper: TokenkeeperClient
/** Tokens that were issued, by connector. */
const issued = { year: 0, seldom: 0 }

beforeAll(async () => {
  tokens = await startLoopbackServer((request, response) => {
    const id = request.url === '/seldom/token' ? 'seldom' : 'year'
    issued[id] += 1
    sendJson(response, 200, {
      access_token: `token-${String(issued[id])}`,
      refresh_token: `refresh-${String(issued[id])}`,
      token_type: 'bearer',
      expires_in: 3600,
    })
  })
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServerPath') } },
  })
  process.env['TEST_YEAR_SECRET'] = 'year'
  const { file, publicKey } = await makeKey()
  const connector = (id: string, refresh: RefreshOptions) =>
    defineConnector({
      id,
      baseUrl: tokens.origin,
      auth: refreshToken({
        rotation: 'rotating',
        tokenUrl: `${tokens.origin}/${id}/token`,
        clientId: 'year',
        clientSecret: secret('env:TEST_YEAR_SECRET'),
        refresh,
      }),
      endpoints: { me: get('/me') },
    })
  worker = await createKeeperWorker({
    connection: environment.nativeConnection,
    connectors: [connector('year', { mode: 'always' }), connector('seldom', {})],
    privateKeys: [secret(`file:${file}`)],
    workflowBundle: await testBundle(),
    shutdownGraceTime: '1s',
  })
  running = worker.run()
  keeper = new TokenkeeperClient({ client: environment.client, publicKey })
}, 60_000)
afterAll(async () => {
  worker.shutdown()
  await running
  await environment.teardown()
  await tokens.stop()
})

/** `npm run soak` takes the whole year, which CI runs too. */
const DAYS = Number(process.env['TOKENKEEPER_DAYS'] ?? 15)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

it('what nobody uses is refreshed once a day, often again once somebody asks, and then once a day', async () => {
  await keeper.connect('seldom', 'one', { refreshToken: 'refresh-0' })
  const refreshes = async (days: number): Promise<number> => {
    const before = issued.seldom
    await environment.sleep(days * DAY_MS)
    return issued.seldom - before
  }
  // Whoever connects is about to use it.
  const firstDay = await refreshes(1)
  expect(firstDay).toBeGreaterThanOrEqual(28)
  expect(firstDay).toBeLessThanOrEqual(36)
  const unused = await refreshes(4)
  expect(unused).toBeGreaterThanOrEqual(3)
  expect(unused).toBeLessThanOrEqual(5)
  const idle = await keeper.status('seldom', 'one')
  expect(idle).toMatchObject({ status: 'active', mayEnd: true })
  expect(idle.unusedSinceMs).toBeLessThan((await environment.currentTimeMs()) - 4 * DAY_MS)
  const asked: LeaseRequest = { requestId: 'use', replyTo: '', minValidityMs: 0 }
  const handle = environment.client.workflow.getHandle('token:seldom:one')
  await handle.signal(TOKEN_SIGNALS.lease, asked)
  const used = await refreshes(1)
  expect(used).toBeGreaterThanOrEqual(28)
  expect(used).toBeLessThanOrEqual(36)
  expect(await refreshes(3)).toBeLessThanOrEqual(5)
  const causes = (await keeper.story('seldom', 'one')).map(({ cause }) => cause)
  expect(causes).toContain('idle')
}, 120_000)

it(`${String(DAYS)} days of hourly tokens: the right number of refreshes, jitter within its bounds, history bounded`, async () => {
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
  expect(issued.year).toBeGreaterThan(hours / 0.8)
  expect(issued.year).toBeLessThan(hours / 0.7 + 2)
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
  expect((await keeper.status('year', 'one')).generation).toBe(issued.year)
}, 2_400_000)
