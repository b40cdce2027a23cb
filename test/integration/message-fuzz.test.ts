import { randomUUID } from 'node:crypto'
import { WorkflowUpdateFailedError } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { apiKey, defineConnector, get, linkHeader, post } from '../../src/connectors/index.js'
import { limitWorkflowId, LIMIT_UPDATES } from '../../src/contract/limit.js'
import {
  FLOW_REPLY_SIGNAL,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
  TOKEN_UPDATES,
} from '../../src/contract/messages.js'
import { SYNC_QUERIES, SYNC_SIGNALS } from '../../src/contract/sync.js'
import {
  WATERMARK_QUERIES,
  WATERMARK_SIGNALS,
  watermarkWorkflowId,
} from '../../src/contract/watermark-messages.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { ROUTINE_LENGTH, STORY_LENGTH } from '../../workflows/token/parts/story.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { type Keeper, makeKey, startKeeper } from '../fixtures/whole-path.js'
import { failedTasks, historiesOf } from './failed-tasks.js'
import { messages } from './hostile-messages.js'
import { replayRuns } from './replay-runs.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const RUN = randomUUID().slice(0, 8)
const ID = `fuzz-${RUN}`
const TASK_QUEUE = `fuzz-${RUN}`
const CANARY = `canary-${randomUUID()}`
const SEED = Number(process.env['MESSAGE_FUZZ_SEED'] ?? 20_261_129)
/** Messages of all kinds to all targets together. */
const COUNT = Number(process.env['MESSAGE_FUZZ_COUNT'] ?? 10_000)
const LANES = 64
let environment: TestWorkflowEnvironment
let upstream: LoopbackServer
let keeper: Keeper
let test: { readonly client: TestWorkflowEnvironment['client']; readonly keeper: TokenkeeperClient }
let sent = 0
/** A credential that is sealed for another connection: it is refused at once, a missing key is waited for. */
let ofAnother = ''

beforeAll(async () => {
  await startOn(
    await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: inject('testServerPath') } },
    }),
  )
}, 60_000)
afterAll(async () => {
  console.info(`message fuzz: ${String(sent)} messages, seed ${String(SEED)}`)
  await end()
})

async function startOn(server: TestWorkflowEnvironment): Promise<void> {
  environment = server
  upstream = await startLoopbackServer((request, response) => {
    request.resume()
    request.on('end', () => {
      sendJson(response, 200, request.method === 'GET' ? { orders: [{ id: 'order-1' }] } : {})
    })
  })
  const { file, publicKey } = await makeKey()
  keeper = await startKeeper(environment.address, {
    taskQueue: TASK_QUEUE,
    keyFiles: [file],
    connectors: [
      defineConnector({
        id: ID,
        baseUrl: upstream.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: {
          me: get('/me'),
          'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }),
          'orders.upsert': post('/orders', {
            batch: { size: 50, items: 'orders' },
            idempotency: { header: 'Idempotency-Key', id: 'id' },
          }),
        },
      }),
    ],
    workflowBundle: await testBundle(),
  })
  const elsewhere = { connection: `${ID}/another`, purpose: 'credential' } as const
  ofAnother = await createSealer(publicKey).seal(CANARY, elsewhere)
  const { client } = environment
  test = { client, keeper: new TokenkeeperClient({ client, publicKey, taskQueue: TASK_QUEUE }) }
}

async function end(): Promise<void> {
  await keeper.stop()
  await environment.teardown()
  await upstream.stop()
}

/** What the client or the server refuses by itself never comes to the workflow. */
type Send = (name: string, args: readonly unknown[]) => Promise<unknown>

async function flood(
  names: readonly string[],
  share: number,
  send: Send,
  seed = SEED,
): Promise<void> {
  const all = [...messages(seed, Math.ceil(COUNT * share), names, CANARY, ofAnother)]
  await Promise.all(
    Array.from({ length: LANES }, async (_none, lane) => {
      for (let at = lane; at < all.length; at += LANES) {
        const { name, args } = all[at] ?? { name: '', args: [] }
        await send(name, args).catch((error: unknown) => {
          expect(String(error), `seed ${String(seed)}, message ${String(at)}`).not.toContain(CANARY)
          if (error instanceof WorkflowUpdateFailedError)
            expect(String(error.cause), `seed ${String(seed)}`).not.toContain(CANARY)
        })
        sent += 1
      }
    }),
  )
}

/** Lets time fly while something is under way: an update may wait, but only by the workflow's clock. */
async function whileTimeFlies(under: Promise<void>): Promise<void> {
  const way = under.then(() => 'over')
  while ((await Promise.race([way, environment.sleep('5 seconds')])) !== 'over');
}

function senders(workflowId: string): {
  readonly signal: Send
  readonly update: Send
  readonly query: Send
  readonly undecodable: Send
} {
  const handle = test.client.workflow.getHandle(workflowId)
  return {
    signal: (name, args) => handle.signal(name, ...args),
    update: (name, args) => handle.executeUpdate(name, { args: [args[0]] as [unknown] }),
    query: (name, args) => handle.query(name, ...args),
    undecodable: (signalName, [value]) => {
      const encodings = ['binary/encrypted', 'json/plain', 'text/unheard-of', '']
      const encoding = Buffer.from(encodings[sent % encodings.length] ?? '')
      const data = Buffer.from(`{${String(value)}`)
      return test.client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId },
        signalName,
        input: { payloads: [{ metadata: { encoding }, data }] },
      })
    },
  }
}

/** No task failed by what was sent, and every run can be done again from its history. */
async function isSound(...workflowIds: readonly string[]): Promise<void> {
  const all = await Promise.all(workflowIds.map((id) => historiesOf(test.client, id)))
  expect(failedTasks(all.flat()), `seed ${String(SEED)}`).toEqual([])
  const runs = all.flatMap((histories, index) =>
    histories.map((history) => ({ workflowId: workflowIds[index] ?? '', history })),
  )
  await replayRuns(await testBundle(), runs)
  expect(keeper.worker.getState()).toBe('RUNNING')
}

describe('whatever is sent to', () => {
  // Several, for the test server hands over a history in one piece, and that may have 4 MiB.
  it.each(['x', 'y', 'z'])(
    'a token workflow (%s): it lives, answers, grants a flow its lease, and repeats no secret',
    async (account) => {
      await test.keeper.connect(ID, account, { apiKey: CANARY })
      const workflowId = `token:${ID}:${account}`
      const send = senders(workflowId)
      const seed = SEED + account.charCodeAt(0)
      const { revoke, ...others } = TOKEN_SIGNALS
      await flood(Object.values(others), 0.14, send.signal, seed)
      await flood(Object.values(others), 0.01, send.undecodable, seed)
      await whileTimeFlies(flood(Object.values(TOKEN_UPDATES), 0.017, send.update, seed))
      await flood(Object.values(TOKEN_QUERIES), 0.01, send.query, seed)
      await flood([revoke, ...Object.values(others)], 0.004, send.signal, seed)
      await test.keeper.resume(ID, account)
      // Hostile credentials wait for their turn, and are refused one after the other.
      await until(
        async () => {
          const answer = test.keeper.connect(ID, account, { apiKey: CANARY })
          const code = await answer.then(
            () => 'connected',
            (error: unknown) => String(error),
          )
          if (code !== 'connected') await environment.sleep('1 minute')
          return code
        },
        (code) => code === 'connected',
        120_000,
      )
      const status = await test.keeper.status(ID, account)
      expect(status).toMatchObject({ status: 'active' })
      expect(status.counts.refusedMessages).toBeGreaterThan(COUNT / 300)
      const story = await test.keeper.story(ID, account)
      // Who asks for a lease names the workflow that it goes to, and gives it any name.
      const told = [{ ...status, leaseHolders: [] }, story]
      expect(JSON.stringify(told)).not.toContain(CANARY)
      expect(story.length).toBeLessThanOrEqual(STORY_LENGTH + ROUTINE_LENGTH)
      const flow = test.client.workflow.execute('leaseOnce', {
        taskQueue: TASK_QUEUE,
        workflowId: `asks-${RUN}-${account}`,
        args: [{ connector: ID, account, taskQueue: TASK_QUEUE }],
      })
      expect(await flow).toBe(status.generation)
      await isSound(workflowId)
    },
    240_000,
  )

  it('a limit and a watermark workflow: they live and answer', async () => {
    const limitId = limitWorkflowId({ connector: ID, account: 'x' })
    const limit = await test.client.workflow.start('limitWorkflow', {
      taskQueue: TASK_QUEUE,
      workflowId: limitId,
      args: [{ connection: `${ID}/x` }],
    })
    const toLimit = senders(limitId)
    await flood([LIMIT_UPDATES.slots], 0.1, toLimit.update)
    await flood(['tokenkeeper.no-such'], 0.02, toLimit.signal)
    await flood(['tokenkeeper.no-such'], 0.01, toLimit.undecodable)
    await flood(['tokenkeeper.no-such'], 0.01, toLimit.query)
    const asked = { holder: 'w', want: 1, intervalMs: 1, burst: 1 }
    const grant = await test.client.workflow
      .getHandle(limitId)
      .executeUpdate(LIMIT_UPDATES.slots, { args: [asked] as [unknown] })
    expect(grant).toHaveProperty('nextMs')

    const watermarkId = watermarkWorkflowId(`w-${RUN}`)
    await test.client.workflow.start('watermarkWorkflow', {
      taskQueue: TASK_QUEUE,
      workflowId: watermarkId,
      args: [{}],
    })
    const toWatermark = senders(watermarkId)
    await flood(Object.values(WATERMARK_SIGNALS), 0.16, toWatermark.signal)
    await flood(Object.values(WATERMARK_SIGNALS), 0.02, toWatermark.undecodable)
    await flood(Object.values(WATERMARK_QUERIES), 0.02, toWatermark.query)
    const watermark = test.client.workflow.getHandle(watermarkId)
    await watermark.signal(WATERMARK_SIGNALS.move, { watermark: 2 ** 53 - 1, by: 'sync' })
    expect(await watermark.query(WATERMARK_QUERIES.watermark)).toBeDefined()
    await isSound(limitId, watermarkId)
    await Promise.all([limit.terminate(), watermark.terminate()])
  }, 240_000)

  it.each(['tokenWorkflow', 'limitWorkflow', 'watermarkWorkflow', 'checkReplayFlow', 'syncFlow'])(
    '%s started with anything that it does not take: it fails at once with InvalidInput and an example',
    async (type) => {
      const wrong: readonly (readonly unknown[])[] = [
        [],
        [null],
        ['text'],
        [[1]],
        [{ from: null, to: 7, connection: 7, watermark: {}, syncs: {} }],
        [{ from: { connection: 'a' }, connection: '\ud800', watermark: '\ud800' }],
      ]
      for (const args of wrong) {
        const flow = await test.client.workflow.start(type, {
          taskQueue: TASK_QUEUE,
          workflowId: `wrong-${randomUUID()}`,
          args: [...args],
        })
        const error: unknown = await flow.result().catch((failed: unknown) => failed)
        expect((error as Error).cause).toMatchObject({ type: 'InvalidInput' })
        expect(String((error as Error).cause)).toMatch(/Give \{/)
      }
    },
    120_000,
  )
})

/**
 * On a real server: the time-skipping one (1.40.0) starts a second workflow task beside the first where an activity is
 * cancelled that has not begun, and takes the results of neither.
 */
describe('whatever is sent to a real server, to', () => {
  beforeAll(async () => {
    await end()
    await startOn(
      await TestWorkflowEnvironment.createFromExistingServer({
        address: inject('temporalAddress'),
      }),
    )
  }, 60_000)

  it('a sync that is parked: it goes on when its connection is connected, and moves what is there', async () => {
    const workflowId = `sync-${RUN}`
    const place = (endpoint: string) => ({ connection: `${ID}/sync`, endpoint })
    const sync = await test.client.workflow.start('syncFlow', {
      taskQueue: TASK_QUEUE,
      workflowId,
      args: [
        {
          from: place('orders.list'),
          to: place('orders.upsert'),
          keeperTaskQueue: TASK_QUEUE,
        },
      ],
    })
    const send = senders(workflowId)
    const names = [...Object.values(SYNC_SIGNALS), FLOW_REPLY_SIGNAL]
    await flood(names, 0.08, send.signal)
    await flood(names, 0.02, send.undecodable)
    await flood(Object.values(SYNC_QUERIES), 0.02, send.query)
    await sync.signal(SYNC_SIGNALS.resume)
    await test.keeper.connect(ID, 'sync', { apiKey: CANARY })
    expect(await sync.result()).toMatchObject({ read: 1, written: 1 })
    await isSound(workflowId)
  }, 240_000)
})
