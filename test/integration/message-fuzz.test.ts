import { randomUUID } from 'node:crypto'
import { WorkflowUpdateFailedError } from '@temporalio/client'
import { temporal } from '@temporalio/proto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { apiKey, defineConnector, get } from '../../src/connectors/index.js'
import { limitWorkflowId, LIMIT_UPDATES } from '../../src/contract/limit.js'
import { TOKEN_QUERIES, TOKEN_SIGNALS, TOKEN_UPDATES } from '../../src/contract/messages.js'
import { WATERMARK_SIGNALS, watermarkWorkflowId } from '../../src/contract/watermark-messages.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { testBundle } from './stage.js'
import { messages } from './hostile-messages.js'

const Cause = temporal.api.enums.v1.WorkflowTaskFailedCause
const RUN = randomUUID().slice(0, 8)
const ID = `fuzz-${RUN}`
const TASK_QUEUE = `fuzz-${RUN}`
const CANARY = `canary-${randomUUID()}`
const SEED = Number(process.env['MESSAGE_FUZZ_SEED'] ?? 20_261_129)
const COUNT = Number(process.env['MESSAGE_FUZZ_COUNT'] ?? 600)
let keeper: Keeper
let test: TestClient

beforeAll(async () => {
  const { file, publicKey } = await makeKey()
  keeper = await startKeeper(inject('temporalAddress'), {
    taskQueue: TASK_QUEUE,
    keyFiles: [file],
    connectors: [
      defineConnector({
        id: ID,
        baseUrl: 'http://127.0.0.1:1',
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: { me: get('/me') },
      }),
    ],
    workflowBundle: await testBundle(),
  })
  test = await connectClient(inject('temporalAddress'), TASK_QUEUE, publicKey)
})
afterAll(async () => {
  await test.close()
  await keeper.stop()
})

async function flood(workflowId: string, names: readonly string[], count: number): Promise<void> {
  const handle = test.client.workflow.getHandle(workflowId)
  const all = [...messages(SEED, count, names, CANARY)]
  await Promise.all(
    Array.from({ length: 16 }, async (_none, lane) => {
      for (let at = lane; at < all.length; at += 16) {
        const { name, args } = all[at] ?? { name: '', args: [] }
        // What the client or the server refuses by itself never comes to the workflow.
        await handle.signal(name, ...args).catch(() => undefined)
      }
    }),
  )
}

const { UNHANDLED_COMMAND, FORCE_CLOSE_COMMAND } = {
  UNHANDLED_COMMAND: Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  FORCE_CLOSE_COMMAND: Cause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
}

/** But by the server itself, where more than 100 signals come during one task, or some at its end. */
async function noTaskFailed(workflowId: string): Promise<void> {
  const { events } = await test.client.workflow.getHandle(workflowId).fetchHistory()
  const causes = (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => {
    const cause = failed?.cause
    return failed == null || cause === UNHANDLED_COMMAND || cause === FORCE_CLOSE_COMMAND
      ? []
      : [`${String(cause)} ${failed.failure?.message ?? ''}`]
  })
  expect(causes).toEqual([])
}

describe('whatever is sent to', () => {
  it('a token workflow: it lives, answers, grants a lease, and repeats no secret', async () => {
    await test.keeper.connect(ID, 'x', { apiKey: CANARY })
    const workflowId = `token:${ID}:x`
    const handle = test.client.workflow.getHandle(workflowId)
    const { pause, revoke, rotate, refresh, resume, ...harmless } = TOKEN_SIGNALS
    await flood(workflowId, [...Object.values(harmless), pause, refresh, resume], COUNT)
    for (const name of Object.values(TOKEN_UPDATES))
      for (const { args } of messages(SEED, 10, [name, rotate, revoke], CANARY))
        await handle
          .executeUpdate(name, { args: [args[0]] as [unknown] })
          .catch((error: unknown) => {
            expect(String(error)).not.toContain(CANARY)
            if (error instanceof WorkflowUpdateFailedError)
              expect(String(error.cause)).not.toContain(CANARY)
          })
    for (const name of Object.values(TOKEN_QUERIES))
      for (const { args } of messages(SEED, 10, [name], CANARY))
        await handle.query(name, ...args).catch(() => undefined)
    await test.keeper.resume(ID, 'x')
    await test.keeper.connect(ID, 'x', { apiKey: CANARY })
    const status = await test.keeper.status(ID, 'x')
    expect(status).toMatchObject({ status: 'active' })
    expect(status.counts.refusedMessages).toBeGreaterThan(0)
    const story = await test.keeper.story(ID, 'x')
    expect(JSON.stringify([status, story])).not.toContain(CANARY)
    expect(story.length).toBeLessThanOrEqual(100)
    const lease = await handle.query(TOKEN_QUERIES.lease)
    expect(lease).toMatchObject({ outcome: 'granted' })
    await noTaskFailed(workflowId)
    expect(keeper.worker.getState()).toBe('RUNNING')
  }, 180_000)

  it('a limit and a watermark workflow: they live and answer', async () => {
    const limitId = limitWorkflowId({ connector: ID, account: 'x' })
    const limit = await test.client.workflow.start('limitWorkflow', {
      taskQueue: TASK_QUEUE,
      workflowId: limitId,
      args: [{ connection: `${ID}/x` }],
    })
    for (const { args } of messages(SEED, 150, [LIMIT_UPDATES.slots], CANARY))
      await limit
        .executeUpdate(LIMIT_UPDATES.slots, { args: [args[0]] as [unknown] })
        .catch(() => undefined)
    const asked = { holder: 'w', want: 1, intervalMs: 1, burst: 1 }
    const grant = await limit.executeUpdate(LIMIT_UPDATES.slots, { args: [asked] as [unknown] })
    expect(grant).toHaveProperty('nextMs')
    await noTaskFailed(limitId)

    const watermarkId = watermarkWorkflowId(`w-${RUN}`)
    const watermark = await test.client.workflow.start('watermarkWorkflow', {
      taskQueue: TASK_QUEUE,
      workflowId: watermarkId,
      args: [{}],
    })
    await flood(watermarkId, Object.values(WATERMARK_SIGNALS), COUNT / 3)
    await watermark.signal(WATERMARK_SIGNALS.move, { watermark: 2 ** 53 - 1, by: 'sync' })
    expect(await watermark.query('tokenkeeper.watermark')).toBeDefined()
    await noTaskFailed(watermarkId)
    await Promise.all([limit.terminate(), watermark.terminate()])
  }, 180_000)

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

  it('a token workflow by "Request Cancellation", twice and at once: it goes on and tells what to use instead', async () => {
    const account = 'cancelled'
    const workflowId = `token:${ID}:${account}`
    const handle = await test.client.workflow.start('tokenWorkflow', {
      taskQueue: TASK_QUEUE,
      workflowId,
      args: [{ connection: `${ID}/${account}`, signalsPerRun: 5 }],
    })
    await handle.cancel()
    await test.keeper.connect(ID, account, { apiKey: CANARY })
    await test.client.workflow
      .getHandle(workflowId)
      .cancel()
      .catch(() => undefined)
    const { runId } = await test.client.workflow.getHandle(workflowId).describe()
    for (let n = 0; n < 12; n += 1)
      await test.client.workflow.getHandle(workflowId).signal('tokenkeeper.refresh')
    await test.keeper.connect(ID, account, { apiKey: CANARY })
    await expect
      .poll(async () => (await test.client.workflow.getHandle(workflowId).describe()).runId, {
        timeout: 20_000,
      })
      .not.toBe(runId)
    await test.client.workflow.getHandle(workflowId).cancel()
    expect((await test.keeper.status(ID, account)).status).toBe('active')
    const story = await test.keeper.story(ID, account)
    const told = story.filter(({ event }) => event === 'cancellation_ignored')
    expect(told.length).toBeGreaterThan(0)
    expect(told[0]?.cause).toContain('revoke')
    await noTaskFailed(workflowId)
  }, 120_000)
})
