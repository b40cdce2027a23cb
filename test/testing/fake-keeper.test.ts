import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { apiKey, defineConnector } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import {
  type FakeCallInput,
  createFailure,
  createFakeKeeper,
  type FakeKeeper,
} from '../../src/testing/index.js'
import { makeKey, startKeeper } from '../fixtures/whole-path.js'

const taskQueue = `fake-${randomUUID()}`
// One server serves all tests: a connection of nobody else.
const connector = `shop-${randomUUID().slice(0, 8)}`
const shop = `${connector}/acme`
const calls: FakeCallInput[] = []
let answer: (call: FakeCallInput) => unknown
let connection: NativeConnection
let ours: Connection
let client: Client
let keeper: FakeKeeper
let flows: Worker
let running: Promise<unknown>

beforeAll(async () => {
  const address = inject('temporalAddress')
  connection = await NativeConnection.connect({ address })
  ours = await Connection.connect({ address })
  client = new Client({ connection: ours })
  keeper = await createFakeKeeper({
    connection,
    taskQueue,
    calls: {
      [shop]: {
        'orders.get': (call) => {
          calls.push(call)
          return answer(call)
        },
      },
    },
  })
  flows = await Worker.create({
    connection,
    taskQueue: `${taskQueue}-flows`,
    workflowsPath: fileURLToPath(new URL('fixtures/flows.ts', import.meta.url)),
  })
  running = Promise.all([keeper.worker.run(), flows.run()])
})

afterAll(async () => {
  keeper.worker.shutdown()
  flows.shutdown()
  await running
  await connection.close()
  await ours.close()
})

beforeEach(() => {
  calls.length = 0
  answer = ({ input }) => ({ id: input['id'] })
})

const start = (maxWait = 30_000) =>
  client.workflow.start('readOrder', {
    workflowId: `read-${randomUUID()}`,
    taskQueue: `${taskQueue}-flows`,
    args: [connector, taskQueue, maxWait],
  })

describe('createFakeKeeper', () => {
  it('grants leases and answers calls as the test says', async () => {
    expect(await (await start()).result()).toEqual({ order: { id: 7 }, generation: 0 })
    expect(calls).toMatchObject([{ connection: shop, endpoint: 'orders.get' }])
  })

  it('hands over the next generation when a call says that the credential was refused', async () => {
    answer = ({ lease }) => {
      if (calls.length > 1) return 'passed'
      const { generation } = lease
      throw createFailure('CredentialRejected', 'expired', { generation, status: 401, accepted: 1 })
    }
    expect(await (await start()).result()).toEqual({ order: 'passed', generation: 1 })
  })

  it('lets flows wait, and go on', async () => {
    const message = 'somebody has to log in'
    await keeper.setConnection(shop, {
      outcome: 'waiting',
      status: 'needs_reauth',
      message,
    })
    const impatient = await start(500)
    const refused: unknown = await impatient.result().catch((error: unknown) => error)
    expect(failureCode(refused)).toBe('ConnectionNotUsable')
    const patient = await start()
    await keeper.setConnection(shop, { outcome: 'granted' })
    expect(await patient.result()).toMatchObject({ order: { id: 7 } })
  })

  it('denies', async () => {
    await keeper.setConnection(shop, { outcome: 'denied', message: 'it was revoked' })
    const refused: unknown = await (await start()).result().catch((error: unknown) => error)
    expect(failureCode(refused)).toBe('ConnectionRevoked')
    await keeper.setConnection(shop, { outcome: 'granted' })
  })
})

describe('a fake keeper beside a real one', () => {
  const id = `shared-${randomUUID().slice(0, 8)}`
  const name = `${id}/acme`
  const options = () => ({
    connection,
    taskQueue: `${taskQueue}-shared`,
    calls: { [name]: { 'orders.get': () => 'faked' } },
  })
  const tokenWorkflow = () => client.workflow.getHandle(`token:${id}:acme`)

  it('ends what it started, replaces what a killed one left, and leaves a real one alone', async () => {
    const left = await client.workflow.start('fakeTokenWorkflow', {
      workflowId: tokenWorkflow().workflowId,
      taskQueue: `${taskQueue}-shared`,
      args: [{ connection: name }],
    })
    const fake = await createFakeKeeper(options())
    await fake.worker.runUntil(async () => {
      await fake.setConnection(name, { outcome: 'granted' })
      const { runId, status } = await tokenWorkflow().describe()
      expect([runId === left.firstExecutionRunId, status.name]).toEqual([false, 'RUNNING'])
    })
    expect((await tokenWorkflow().describe()).status.name).toBe('TERMINATED')

    const { file, publicKey } = await makeKey()
    const real = await startKeeper(inject('temporalAddress'), {
      keyFiles: [file],
      taskQueue: `real-${id}`,
      connectors: [
        defineConnector({
          id,
          baseUrl: 'https://shop.example',
          auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
          endpoints: {},
        }),
      ],
    })
    const operator = new TokenkeeperClient({ client, publicKey, taskQueue: `real-${id}` })
    try {
      await operator.connect(id, 'acme', { apiKey: 'canary' })
      await expect(createFakeKeeper(options())).rejects.toThrow(
        `at token:${id}:acme runs a tokenWorkflow of the task queue 'real-${id}' already`,
      )
      expect(await operator.status(id, 'acme')).toMatchObject({ status: 'active' })
    } finally {
      await real.stop()
      await tokenWorkflow().terminate()
    }
  })
})
