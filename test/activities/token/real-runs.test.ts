import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { WorkflowFailedError } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Keeper } from '../../../activities/keeper/keeper.js'
import { createTokenActivities } from '../../../activities/token/create-token-activities.js'
import { createOpen } from '../../../activities/token/open.js'
import { defineConnector, refreshToken, secret } from '../../../src/connectors/index.js'
import { failureCode } from '../../../src/contract/failure.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import type { MintResult } from '../../../src/contract/token-activities.js'
import {
  type AuthorizationServer,
  DEFAULT_CLIENT,
  startAuthorizationServer,
} from '../../fixtures/authorization-server.js'
import { fetchRefreshToken } from '../../fixtures/fetch-refresh-token.js'
import { type Setup, setUpTokenActivities } from './token-activities-setup.js'
import type { openTwice, tokenWorkflow } from './mint-again-workflow.js'

let temporal: TestWorkflowEnvironment
let worker: Worker
let running: Promise<void>
let server: AuthorizationServer
let it: Setup
const taskQueue = 'token-activities'

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  temporal = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalCliPath') },
      searchAttributes: [],
      extraArgs: ['--search-attribute', 'TokenkeeperStatus=Keyword'],
    },
  })
  server = await startAuthorizationServer()
  process.env.TEST_REAL_RUNS_SECRET = DEFAULT_CLIENT.clientSecret
  const shop = defineConnector({
    id: 'shop',
    baseUrl: 'https://shop.example',
    auth: refreshToken({
      tokenUrl: server.tokenUrl,
      clientId: DEFAULT_CLIENT.clientId,
      clientSecret: secret('env:TEST_REAL_RUNS_SECRET'),
    }),
    endpoints: {},
  })
  it = await setUpTokenActivities([shop])
  const keeper = new Keeper({ ...it.parts, listSearchAttributes: undefined })
  worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('mint-again-workflow.ts', import.meta.url)),
    activities: { ...createTokenActivities(keeper), 'tokenkeeper.open': createOpen(keeper) },
  })
  running = worker.run()
})
afterAll(async () => {
  worker.shutdown()
  await running
  await server.stop()
  await temporal.teardown()
})

async function startMint(rounds = 1) {
  const { refreshToken: refresh } = await fetchRefreshToken(server)
  const grant: Sealed = await it.seal({ refreshToken: refresh }, 'grant')
  return await temporal.client.workflow.start<typeof tokenWorkflow>('tokenWorkflow', {
    taskQueue,
    workflowId: 'token:shop:acme',
    args: [{ connection: 'shop/acme', grant, rounds }],
  })
}

test('a run that continues as new asks for its tokens', async () => {
  const handle = await startMint(3)
  expect(await handle.result()).toMatchObject({ outcome: 'minted' })
})

test('a run that a real reset made asks for none', async () => {
  const handle = await startMint()
  const first = (await handle.result()) as MintResult
  expect(first).toMatchObject({ outcome: 'minted', runId: handle.firstExecutionRunId })
  const before = server.counters.tokenRequests
  const { runId } = await temporal.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
    // The first completed workflow task.
    workflowTaskFinishEventId: 4 as never,
    requestId: randomUUID(),
    reason: 'test',
  })
  const again = temporal.client.workflow.getHandle(handle.workflowId, runId)
  expect(await again.result()).toEqual({ outcome: 'rolled_back', runId })
  expect(server.counters.tokenRequests).toBe(before)
})

test('tokenkeeper.open starts the token workflow once', async () => {
  const results = await temporal.client.workflow.execute<typeof openTwice>('openTwice', {
    taskQueue,
    workflowId: randomUUID(),
    args: ['shop/opened'],
  })
  expect(results).toEqual([{ outcome: 'opened' }, { outcome: 'opened' }])
  const handle = temporal.client.workflow.getHandle('token:shop:opened')
  expect(await handle.query('connection')).toBe('shop/opened')
  await handle.signal('end')
  await handle.result()
  const unknown = await temporal.client.workflow.execute<typeof openTwice>('openTwice', {
    taskQueue,
    workflowId: randomUUID(),
    args: ['nothing/x'],
  })
  expect(unknown[0]).toMatchObject({ outcome: 'refused', code: 'UnknownConnector' })
})

test('tokenkeeper.describe tells the search attributes that the namespace has', async () => {
  const described = await temporal.client.workflow.execute<typeof tokenWorkflow>('tokenWorkflow', {
    taskQueue,
    workflowId: 'token:shop:default',
    args: [{ connection: 'shop', describes: true }],
  })
  expect(described).toMatchObject({ outcome: 'known', searchAttributes: ['TokenkeeperStatus'] })
})

test.each([
  ['another type', 'describeOnce', 'token:shop:default', ['shop']],
  ['another id', 'tokenWorkflow', 'token:shop:other', [{ connection: 'shop', describes: true }]],
])('the server names the caller: %s is refused at once', async (_, type, workflowId, args) => {
  const asked = temporal.client.workflow.execute(type, { taskQueue, workflowId, args })
  const error = (await asked.catch((thrown: unknown) => thrown)) as WorkflowFailedError
  expect(failureCode(error)).toBe('InvalidInput')
  expect((error.cause?.cause as Error | undefined)?.message).toContain(
    'works for the token workflow token:shop:default only',
  )
})
