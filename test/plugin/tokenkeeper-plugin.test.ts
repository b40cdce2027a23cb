import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { authorizedFetch } from '../../activities/fetch/authorized-fetch.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { secret } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import { TokenkeeperPlugin } from '../../src/plugin.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { connectClient, erpConnector, makeKey, type TestClient } from '../fixtures/whole-path.js'

const address = inject('temporalAddress')
const id = `erp-${randomUUID().slice(0, 8)}`
const keeperQueue = `${id}-keeper`
const KEY = 'canary-plugin-key'
const workflowsPath = fileURLToPath(new URL('fixtures/flows.ts', import.meta.url))
const greet = (name: string) => Promise.resolve(`hello ${name}`)

/** A user's own activity, which calls with a connection's credential. */
async function fetchMe(connector: string): Promise<unknown> {
  const response = await authorizedFetch(connector, 'acme')('/me')
  return await response.json()
}

let erp: Erp
let connection: NativeConnection
let test: TestClient
let keyFile: string

beforeAll(async () => {
  const key = await makeKey()
  keyFile = key.file
  erp = await startErp({ keys: [KEY] })
  connection = await NativeConnection.connect({ address })
  test = await connectClient(address, keeperQueue, key.publicKey)
})

afterAll(async () => {
  await connection.close()
  await test.close()
  await erp.stop()
})

function here(more: { readonly keyFile?: string } = {}): TokenkeeperPlugin {
  return new TokenkeeperPlugin({
    connectors: [erpConnector(id, erp.origin)],
    privateKeys: [secret(`file:${more.keyFile ?? keyFile}`)],
    taskQueue: keeperQueue,
  })
}

async function flowWorker(...plugins: TokenkeeperPlugin[]): Promise<Worker> {
  return await Worker.create({
    connection,
    taskQueue: `flows-${randomUUID()}`,
    workflowsPath,
    activities: { greet, fetchMe },
    plugins,
  })
}

async function runFlow(worker: Worker, flow = 'whoAmI'): Promise<unknown> {
  return await test.client.workflow.execute(flow, {
    workflowId: `who-${randomUUID()}`,
    taskQueue: worker.options.taskQueue,
    args: [id],
  })
}

describe('TokenkeeperPlugin with a keeper here', () => {
  it('makes one process out of keeper and flow worker, and both end together', async () => {
    const worker = await flowWorker(here())
    const result = await worker.runUntil(async () => {
      await test.keeper.connect(id, 'acme', { apiKey: KEY })
      expect(await runFlow(worker, 'fetchMyself')).toEqual({ user: 'integration' })
      return await runFlow(worker)
    })
    expect(result).toEqual({ greeting: 'hello acme', me: { user: 'integration' } })
    expect(worker.getState()).toBe('STOPPED')
  })

  it('tells a client where the keeper is, and seals with its key', async () => {
    const plugin = here()
    const own = await Connection.connect({ address })
    try {
      const client = new Client({ connection: own, plugins: [plugin] })
      const keeper = new TokenkeeperClient({ client })
      const worker = await flowWorker(plugin)
      await worker.runUntil(async () => {
        expect(await keeper.connect(id, 'plugged', { apiKey: KEY })).toMatchObject({
          status: 'active',
        })
      })
    } finally {
      await own.close()
    }
  })

  it('may be given twice, and to two workers: one keeper runs', async () => {
    const plugin = here()
    const first = await flowWorker(plugin, plugin)
    const second = await flowWorker(plugin)
    await first.runUntil(async () => {
      await second.runUntil(async () => {
        await test.keeper.connect(id, 'acme', { apiKey: KEY })
        await runFlow(second)
      })
      // The keeper stays as long as one of the workers does.
      expect(await runFlow(first)).toMatchObject({ me: { user: 'integration' } })
    })
  })

  it('ends at once where there is nothing to do', async () => {
    const worker = await flowWorker(here())
    expect(await worker.runUntil(Promise.resolve('done'))).toBe('done')
  })

  it('takes the worker down with a keeper that fails', async () => {
    const plugin = new TokenkeeperPlugin({
      connectors: [erpConnector(id, erp.origin)],
      privateKeys: [secret(`file:${keyFile}`)],
      taskQueue: keeperQueue,
      keeperWorker: { workflowBundle: { code: 'no bundle at all' } },
    })
    const worker = await flowWorker(plugin)
    await expect(worker.run()).rejects.toThrow()
    expect(worker.getState()).toBe('STOPPED')
  })

  it('says at Worker.create what is wrong', async () => {
    await expect(flowWorker(here({ keyFile: '/nowhere/key' }))).rejects.toMatchObject({
      type: 'SecretUnresolved',
    })
    await expect(
      Worker.create({
        connection,
        taskQueue: keeperQueue,
        activities: { greet },
        plugins: [here()],
      }),
    ).rejects.toThrow('give your worker another task queue')
    const connectors = [erpConnector(id, erp.origin), erpConnector(id, erp.origin)]
    expect(() => new TokenkeeperPlugin({ connectors, privateKeys: [secret('env:X')] })).toThrow(
      'given twice',
    )
  })
})

describe.each([
  ['here', () => here()],
  ['elsewhere', () => new TokenkeeperPlugin({ keeper: 'elsewhere' })],
])('TokenkeeperPlugin with the keeper %s', (_name, make) => {
  const users = (): WorkerOptions => ({
    connection,
    taskQueue: 'users',
    workflowsPath,
    activities: { greet },
    dataConverter: { payloadCodecs: [{ encode: same, decode: same }] },
    interceptors: { activity: [() => ({})], workflowModules: [] },
    sinks: {},
  })
  const same = <T>(payloads: T): Promise<T> => Promise.resolve(payloads)

  it("leaves the user's options as they are, however often it is applied", async () => {
    const plugin = make()
    const before = users()
    const once = await plugin.configureWorker(before)
    const twice = await plugin.configureWorker(once)
    for (const after of [once, twice]) {
      expect(after.workflowsPath).toBe(before.workflowsPath)
      expect(after.activities).toBe(before.activities)
      expect(after.dataConverter).toBe(before.dataConverter)
      expect(after.sinks).toBe(before.sinks)
      expect(after.interceptors?.workflowModules).toBe(before.interceptors?.workflowModules)
      expect(after.interceptors?.activity?.[0]).toBe(before.interceptors?.activity?.[0])
    }
    expect(twice.interceptors?.activity?.length).toBe(once.interceptors?.activity?.length)
  })
})

describe('TokenkeeperPlugin with the keeper elsewhere', () => {
  it('needs no key and no connector', async () => {
    const worker = await flowWorker(new TokenkeeperPlugin({ keeper: 'elsewhere' }))
    const keepers = await flowWorker(here())
    const result = await keepers.runUntil(
      worker.runUntil(async () => {
        await test.keeper.connect(id, 'acme', { apiKey: KEY })
        const refused: unknown = await runFlow(worker, 'fetchMyself').catch(
          (error: unknown) => error,
        )
        expect(failureCode(refused)).toBe('NoKeyHere')
        return await runFlow(worker)
      }),
    )
    expect(result).toMatchObject({ greeting: 'hello acme', me: { user: 'integration' } })
  })
})
