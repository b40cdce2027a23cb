import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { apiKey, defineConnector, get } from '../../src/connectors/index.js'
import {
  WATERMARK_QUERIES,
  WATERMARK_SIGNALS,
  watermarkWorkflowId,
} from '../../src/contract/watermark-messages.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { causesOfFailedTasks } from './failed-tasks.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const RUN = randomUUID().slice(0, 8)
const ID = `cancel-${RUN}`
const TASK_QUEUE = `cancel-${RUN}`
const CANARY = `canary-${randomUUID()}`
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
      timeout: 60_000,
    })
    .not.toBe(runId)
  await test.client.workflow.getHandle(workflowId).cancel()
  expect((await test.keeper.status(ID, account)).status).toBe('active')
  const story = await test.keeper.story(ID, account)
  const told = story.filter(({ event }) => event === 'cancellation_ignored')
  expect(told.length).toBeGreaterThan(0)
  expect(told[0]?.cause).toContain('revoke')
  expect(await causesOfFailedTasks(test.client, workflowId)).toEqual([])
}, 120_000)

it('a watermark workflow by the same: it goes on in run after run, and says how it is ended', async () => {
  const { workflow } = test.client
  const workflowId = watermarkWorkflowId(ID)
  const { firstExecutionRunId } = await workflow.start('watermarkWorkflow', {
    taskQueue: TASK_QUEUE,
    workflowId,
    args: [{ signalsPerRun: 2 }],
  })
  const handle = workflow.getHandle(workflowId)
  const move = (watermark: number): Promise<void> =>
    handle.signal(WATERMARK_SIGNALS.move, { watermark, by: 'sync' })
  const kept = (): Promise<unknown> => handle.query(WATERMARK_QUERIES.watermark)
  await move(1)
  await handle.cancel()
  await handle.cancel().catch(() => undefined)
  expect(await kept()).toBe(1)
  const { currentDetails } = await handle.query<{ readonly currentDetails: string }>(
    '__temporal_workflow_metadata',
  )
  expect(currentDetails).toContain('changes nothing here')
  expect(currentDetails).toContain('Terminate this workflow')
  await move(2)
  await until(
    async () => (await handle.describe()).runId,
    (runId) => runId !== firstExecutionRunId,
  )
  expect(await kept()).toBe(2)
  await handle.cancel()
  await move(3)
  expect(await kept()).toBe(3)
  expect((await handle.describe()).status.name).toBe('RUNNING')
  expect(await causesOfFailedTasks(test.client, workflowId)).toEqual([])
  await handle.terminate('end of the test')
}, 120_000)
