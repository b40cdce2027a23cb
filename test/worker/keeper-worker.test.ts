import { randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@temporalio/client'
import { bundleWorkflowCode, NativeConnection, Runtime } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { secret } from '../../src/connectors/index.js'
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.js'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createKeeperWorker } from '../../src/worker.js'
import { sendDefinitionNotices } from '../../src/worker/definition-notices.js'
import { workflowsPath } from '../../src/worker/workflow-files.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import {
  connectClient,
  erpConnector,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'

const address = inject('temporalAddress')
const taskQueue = `keeper-${randomUUID()}`
const id = `erp-${randomUUID().slice(0, 8)}`
const KEY = 'canary-erp-key'

let erp: Erp
let keeper: Keeper
let test: TestClient
let keyFile: string

async function start(maxLeaseAgeMs?: number): Promise<Keeper> {
  const more = maxLeaseAgeMs === undefined ? {} : { maxLeaseAgeMs }
  return await startKeeper(address, {
    keyFiles: [keyFile],
    connectors: [erpConnector(id, erp.origin, more)],
    taskQueue,
    dataConverter: {
      payloadConverterPath: fileURLToPath(
        new URL('fixtures/shouting-converter.cjs', import.meta.url),
      ),
    },
  })
}

beforeAll(async () => {
  const key = await makeKey()
  keyFile = key.file
  erp = await startErp({ keys: [KEY] })
  keeper = await start()
  test = await connectClient(address, taskQueue, key.publicKey)
})

afterAll(async () => {
  await keeper.stop()
  await test.close()
  await erp.stop()
})

async function signal(workflowId: string, name: string, encoding: string, data: string) {
  await test.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName: name,
    input: {
      payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }],
    },
  })
}

describe('createKeeperWorker', () => {
  it('sets up the search attributes, and connections use them', async () => {
    const answer = await keeper.worker.connection?.operatorService.listSearchAttributes({
      namespace: 'default',
    })
    const customAttributes = answer?.customAttributes ?? {}
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)),
    )
    await test.keeper.connect(id, 'searched', { apiKey: KEY })
    await vi.waitFor(
      async () => {
        const query = `TokenkeeperConnector = '${id}' AND TokenkeeperStatus = 'active'`
        const found = []
        for await (const { workflowId } of test.client.workflow.list({ query }))
          found.push(workflowId)
        expect(found).toContain(`token:${id}:searched`)
      },
      { timeout: 60_000, interval: 200 },
    )
    const { events } = await test.client.workflow.getHandle(`token:${id}:searched`).fetchHistory()
    expect(events?.filter((event) => event.workflowTaskFailedEventAttributes != null)).toEqual([])
  })

  it.each([
    ['binary/encrypted', 'x'],
    ['json/plain', '{"reference":'],
    ['text/unheard-of', ''],
  ])('a signal encoded as %s is told of and stalls nothing', async (encoding, data) => {
    const account = randomUUID()
    const workflowId = `token:${id}:${account}`
    await test.keeper.connect(id, account, { apiKey: KEY })
    await signal(workflowId, 'tokenkeeper.rotate', encoding, data)
    await signal(workflowId, 'tokenkeeper.pause', encoding, data)
    const story = await test.keeper.story(id, account)
    const refused = story.filter(({ event }) => event === 'message_refused')
    expect(refused.map(({ cause }) => cause?.split(':')[0])).toEqual([
      'tokenkeeper.rotate',
      'tokenkeeper.pause',
    ])
    expect((await test.keeper.status(id, account)).status).toBe('active')
    await test.keeper.pause(id, account)
    expect((await test.keeper.status(id, account)).status).toBe('paused')
  })

  it('asks no healthy connection that knows the definition', async () => {
    const account = 'known'
    await test.keeper.connect(id, account, { apiKey: KEY })
    const { definition = '', keyIds = [] } = await test.keeper.status(id, account)
    const workflowId = `token:${id}:${account}`
    await vi.waitFor(
      async () => {
        const setup = `TokenkeeperSetup = 'definition:${definition}' AND TokenkeeperStatus = 'active'`
        const { count } = await test.client.workflow.count(
          `WorkflowId = '${workflowId}' AND ${setup}`,
        )
        expect(count).toBe(1)
      },
      { timeout: 20_000, interval: 200 },
    )
    const asked = new Set<string>()
    const signalled = new Set<string>()
    const client = new Client({
      connection: test.client.connection,
      interceptors: {
        workflow: [
          {
            query: (input, next) => {
              asked.add(input.workflowExecution.workflowId)
              return next(input)
            },
            signal: (input, next) => {
              signalled.add(input.workflowExecution.workflowId)
              return next(input)
            },
          },
        ],
      },
    })
    const logged: string[] = []
    const notices = {
      client,
      taskQueue,
      notices: false,
      signal: new AbortController().signal,
      log: (_event: string, line: string) => logged.push(line),
    }
    const fingerprints = Promise.resolve(new Map([[id, definition]]))
    await sendDefinitionNotices({ ...notices, fingerprints, keyIds })
    expect(asked).not.toContain(workflowId)
    expect(signalled).not.toContain(workflowId)
    // Neither does it take a query to see who needs a sealing key that a worker lacks, or another definition.
    await sendDefinitionNotices({ ...notices, fingerprints, keyIds: ['other'] })
    expect(logged.join()).toMatch(
      new RegExp(`sealed with key ${keyIds[0]}, which this worker lacks`),
    )
    expect(asked).not.toContain(workflowId)
    expect(signalled).toContain(workflowId)
    expect((await test.keeper.status(id, account)).status).toBe('active')
  })

  it('tells connections of a changed definition when it starts', async () => {
    const account = 'told'
    await test.keeper.connect(id, account, { apiKey: KEY })
    const { definition } = await test.keeper.status(id, account)
    // Visibility is eventually consistent; the next worker looks there.
    await vi.waitFor(
      async () => {
        const query = `WorkflowId = 'token:${id}:${account}' AND ExecutionStatus = 'Running'`
        const { count } = await test.client.workflow.count(query)
        expect(count).toBe(1)
      },
      { timeout: 60_000, interval: 200 },
    )
    await keeper.stop()
    keeper = await start(60_000)
    await vi.waitFor(
      async () => {
        const changed = await test.keeper.status(id, account)
        expect(changed.definition).not.toBe(definition)
        expect(changed.status).toBe('active')
      },
      { timeout: 60_000, interval: 200 },
    )
  })
})

describe('createKeeperWorker with options that can not be', () => {
  let connection: NativeConnection

  beforeAll(async () => {
    connection = await NativeConnection.connect({ address })
  })
  afterAll(async () => {
    await connection.close()
  })

  it('refuses a longest id that no cluster has', async () => {
    const connectors = [erpConnector(id, erp.origin)]
    const privateKeys = [secret(`file:${keyFile}`)]
    await expect(
      createKeeperWorker({ connection, connectors, privateKeys, maxIdBytes: 5000 }),
    ).rejects.toThrow('maxIdBytes')
  })

  it('refuses a connector that is given twice', async () => {
    const connectors = [erpConnector(id, erp.origin), erpConnector(id, erp.origin)]
    const privateKeys = [secret(`file:${keyFile}`)]
    await expect(createKeeperWorker({ connection, connectors, privateKeys })).rejects.toThrow(
      `connectors: '${id}' is given twice`,
    )
  })

  it('refuses a connector that was not defined', async () => {
    const privateKeys = [secret(`file:${keyFile}`)]
    const connectors = [{ ...erpConnector(id, erp.origin) }]
    await expect(createKeeperWorker({ connection, connectors, privateKeys })).rejects.toThrow(
      'defineConnector',
    )
  })

  it('refuses no key, a plain text as key, and names a key that is missing', async () => {
    const connectors = [erpConnector(id, erp.origin)]
    await expect(createKeeperWorker({ connection, connectors, privateKeys: [] })).rejects.toThrow(
      'keygen',
    )
    const { privateKey } = await generateKeyPair()
    const plain = privateKey.reveal() as never
    const refused = createKeeperWorker({ connection, connectors, privateKeys: [plain] })
    await expect(refused).rejects.toThrow('never the key itself')
    await expect(refused).rejects.not.toThrow(plain)
    await expect(
      createKeeperWorker({ connection, connectors, privateKeys: [secret('file:/nowhere/key')] }),
    ).rejects.toMatchObject({ type: 'SecretUnresolved' })
  })

  it('takes a key as Secret, and refuses an activity with a name of its own', async () => {
    const connectors = [erpConnector(id, erp.origin)]
    const { privateKey } = await generateKeyPair()
    const activities = { 'tokenkeeper.call': () => Promise.resolve() }
    await expect(
      createKeeperWorker({ connection, connectors, privateKeys: [privateKey], activities }),
    ).rejects.toThrow("'tokenkeeper.call' is tokenkeeper's own name")
  })

  it.each([
    [{ taskQueue: 'mine-work' }, "'mine-work' ends as"],
    [{ taskQueue: 'mine-sync' }, "'mine-sync' ends as"],
    [{ taskQueue: 'x'.repeat(996) }, 'a text of 1 to 995 bytes'],
    [{ slots: { work: 0 } }, 'slots: work is a whole number'],
    [{ slots: { syncs: 0 } }, 'slots: syncs is a whole number'],
    [{ maxConcurrentActivityTaskExecutions: 50 }, 'give slots'],
  ])('refuses %o', async (options, message) => {
    const connectors = [erpConnector(id, erp.origin)]
    const privateKeys = [secret(`file:${keyFile}`)]
    await expect(
      createKeeperWorker({ connection, connectors, privateKeys, ...options }),
    ).rejects.toThrow(message)
  })

  it('refuses a bundle without the converter that never stalls a connection', async () => {
    const connectors = [erpConnector(id, erp.origin)]
    const privateKeys = [secret(`file:${keyFile}`)]
    const workflowBundle = await bundleWorkflowCode({ workflowsPath: workflowsPath() })
    await expect(
      createKeeperWorker({ connection, connectors, privateKeys, workflowBundle }),
    ).rejects.toThrow('payloadConverterPath: keeperPayloadConverterPath()')
  })

  it('tells a key file that others can read, and refuses it on request', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'tokenkeeper-test-')), 'key')
    const { privateKey } = await generateKeyPair()
    await writeFile(file, privateKey.reveal(), { mode: 0o644 })
    const options = {
      connection,
      connectors: [erpConnector(id, erp.origin)],
      privateKeys: [secret(`file:${file}`)],
    }
    const strict = createKeeperWorker({ ...options, keyFileAccess: 'owner-only' })
    await expect(strict).rejects.toThrow(/mode 0644.*keyFileAccess is 'owner-only'/)
    const warn = vi.spyOn(Runtime.instance().logger, 'warn')
    try {
      // What is refused after the keys were read needs no bundle.
      const activities = { 'tokenkeeper.call': () => Promise.resolve() }
      await expect(createKeeperWorker({ ...options, activities })).rejects.toThrow('own name')
      const lines = warn.mock.calls.map(([line]) => line)
      expect(lines.filter((line) => line.includes(file))).toEqual([
        expect.stringMatching(/^tokenkeeper: .*has the mode 0644.*chmod 600/) as string,
      ])
    } finally {
      warn.mockRestore()
    }
  })

  it('refuses a file without a key, without printing it', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'tokenkeeper-test-')), 'key')
    await writeFile(file, 'canary-not-a-key')
    const connectors = [erpConnector(id, erp.origin)]
    const refused = createKeeperWorker({
      connection,
      connectors,
      privateKeys: [secret(`file:${file}`)],
    })
    await expect(refused).rejects.toThrow('private key')
    await expect(refused).rejects.not.toThrow('canary-not-a-key')
  })
})
