import { TestWorkflowEnvironment } from '@temporalio/testing'
import type { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { defineConnector, get, refreshToken, secret } from '../../src/connectors/index.js'
import { LIMIT_UPDATES } from '../../src/contract/limit.js'
import { type CommandResult, TOKEN_SIGNALS, TOKEN_UPDATES } from '../../src/contract/messages.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { createKeeperWorker } from '../../src/worker.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { makeKey } from '../fixtures/whole-path.js'
import { causesOfFailedTasks } from './failed-tasks.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const REFERENCE = { reference: 'env:TOKENKEEPER_SECRET_LONG_LIVED' }
let environment: TestWorkflowEnvironment
let tokens: LoopbackServer
let worker: Worker
let running: Promise<void>
let keeper: TokenkeeperClient
/** How the token endpoint answers, and what it waits for before. */
let endpoint: { status: number; retryAfter?: string; asked: number; until: Promise<void> }

beforeEach(() => {
  endpoint = { status: 200, asked: 0, until: Promise.resolve() }
})
beforeAll(async () => {
  tokens = await startLoopbackServer(async (_request, response) => {
    endpoint.asked += 1
    const { asked } = endpoint
    await endpoint.until
    const answer = {
      access_token: `token-${String(asked)}`,
      token_type: 'bearer',
      expires_in: 3600,
    }
    const { status, retryAfter } = endpoint
    sendJson(
      response,
      status,
      answer,
      retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    )
  })
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServerPath') } },
  })
  process.env['TEST_LONG_LIVED_SECRET'] = 'long-lived'
  process.env['TOKENKEEPER_SECRET_LONG_LIVED'] = 'refresh-token'
  const { file, publicKey } = await makeKey()
  const connector = defineConnector({
    id: 'lived',
    baseUrl: tokens.origin,
    auth: refreshToken({
      rotation: 'none',
      tokenUrl: `${tokens.origin}/token`,
      clientId: 'lived',
      clientSecret: secret('env:TEST_LONG_LIVED_SECRET'),
    }),
    endpoints: { me: get('/me') },
  })
  worker = await createKeeperWorker({
    connection: environment.nativeConnection,
    connectors: [connector],
    privateKeys: [secret(`file:${file}`)],
    workflowBundle: await testBundle(),
    shutdownGraceTime: '1s',
  })
  running = worker.run()
  running.catch(() => undefined)
  keeper = new TokenkeeperClient({ client: environment.client, publicKey })
}, 60_000)
afterAll(async () => {
  worker.shutdown()
  await running
  await environment.teardown()
  await tokens.stop()
})

async function startToken(account: string, more: { readonly signalsPerRun?: number } = {}) {
  const workflowId = `token:lived:${account}`
  await environment.client.workflow.start('tokenWorkflow', {
    taskQueue: 'tokenkeeper',
    workflowId,
    args: [{ connection: `lived/${account}`, ...more }],
  })
  return environment.client.workflow.getHandle(workflowId)
}

async function detailsOf(workflowId: string): Promise<string> {
  const { currentDetails } = await environment.client.workflow
    .getHandle(workflowId)
    .query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata')
  return currentDetails ?? ''
}

describe('a token workflow', () => {
  it('that is asked to cancel while it refreshes: the answer is taken in', async () => {
    const handle = await startToken('cancelled')
    await handle.executeUpdate(TOKEN_UPDATES.connect, { args: [REFERENCE] as [unknown] })
    const { generation } = await keeper.status('lived', 'cancelled')
    let answer = (): void => undefined
    const before = endpoint.asked
    endpoint.until = new Promise((resolve) => {
      answer = resolve
    })
    await handle.signal(TOKEN_SIGNALS.refresh)
    await until(
      () => endpoint.asked,
      (asked) => asked > before,
    )
    await handle.cancel()
    await until(
      () => keeper.story('lived', 'cancelled'),
      (story) => story.some(({ event }) => event === 'cancellation_ignored'),
    )
    answer()
    await until(
      () => keeper.status('lived', 'cancelled'),
      ({ status, generation: now }) => status === 'active' && now === generation + 1,
    )
    expect(endpoint.asked).toBe(before + 1)
    expect((await handle.describe()).status.name).toBe('RUNNING')
    expect(await causesOfFailedTasks(environment.client, handle.workflowId)).toEqual([])
  }, 120_000)
})

it('the call stack of a token workflow names three frames for each promise that is pending', async () => {
  const handle = await startToken('stack')
  await handle.executeUpdate(TOKEN_UPDATES.connect, { args: [REFERENCE] as [unknown] })
  const stack = await handle.query<string>('__stack_trace')
  const frames = stack.split('\n\n').map((block) => block.split('\n').length)
  expect(frames.length).toBeGreaterThan(1)
  expect(Math.max(...frames)).toBeLessThanOrEqual(3)
})

it('an update that waits when its run is full: its client hears within a minute that it goes on, and it does, in the next run', async () => {
  const handle = await startToken('full', { signalsPerRun: 1 })
  const { runId } = await handle.describe()
  // The update would wait for the next try, for it is not far away.
  Object.assign(endpoint, { status: 503, retryAfter: '25' })
  const askedAtMs = await environment.currentTimeMs()
  let heard: { readonly code?: string } | undefined
  void handle
    .executeUpdate<CommandResult, [unknown]>(TOKEN_UPDATES.connect, { args: [REFERENCE] })
    .then((result) => {
      heard = result.outcome === 'done' ? {} : result
    })
  await until(
    async () => {
      // Short: while this machine works, this much of the other time is over at each look.
      await environment.sleep('200 milliseconds')
      return heard
    },
    (result) => result !== undefined,
  )
  expect(heard).toMatchObject({ code: 'StillTrying' })
  expect((await environment.currentTimeMs()) - askedAtMs).toBeLessThan(60_000)
  endpoint.status = 200
  await until(
    async () => {
      await environment.sleep('10 seconds')
      return keeper.status('lived', 'full')
    },
    ({ status }) => status === 'active',
  )
  expect((await handle.describe()).runId).not.toBe(runId)
  expect(await causesOfFailedTasks(environment.client, handle.workflowId)).toEqual([])
}, 120_000)

describe('"Request Cancellation", twice,', () => {
  it('on a limit workflow: it goes on handing out slots and says that it does', async () => {
    const handle = await environment.client.workflow.start('limitWorkflow', {
      taskQueue: 'tokenkeeper',
      workflowId: 'limit:lived:cancelled',
      args: [{ connection: 'lived/cancelled' }],
    })
    const ask = (): Promise<unknown> =>
      handle.executeUpdate(LIMIT_UPDATES.slots, {
        args: [{ holder: 'w', want: 1, intervalMs: 1, burst: 1 }] as [unknown],
      })
    await ask()
    await handle.cancel()
    await until(
      () => detailsOf(handle.workflowId),
      (text) => text.includes('changes nothing here'),
    )
    await handle.cancel().catch(() => undefined)
    expect(await ask()).toHaveProperty('nextMs')
    expect((await handle.describe()).status.name).toBe('RUNNING')
    expect(await causesOfFailedTasks(environment.client, handle.workflowId)).toEqual([])
    // Idle for five minutes it ends by itself, as without the request.
    await environment.sleep('10 minutes')
    await until(
      async () => (await handle.describe()).status.name,
      (name) => name === 'COMPLETED',
    )
  }, 120_000)
})
