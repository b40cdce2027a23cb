import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { NativeConnection } from '@temporalio/worker'
import { secret } from '../../src/connectors/index.js'
import { createKeeperWorker } from '../../src/worker.js'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import { Secret } from '../../src/sealing/secret.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import {
  connectClient,
  erpConnector,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'

const taskQueue = `client-${randomUUID()}`
const connector = `erp-${randomUUID().slice(0, 8)}`
const GOOD = 'canary-good-key'
const NEXT = 'canary-next-key'
const WRONG = 'canary-wrong-key'

let erp: Erp
let running: Keeper
let test: TestClient
let keeper: TokenkeeperClient
let publicKey: string

beforeAll(async () => {
  const key = await makeKey()
  publicKey = key.publicKey
  erp = await startErp({ keys: [GOOD, NEXT] })
  const address = inject('temporalAddress')
  running = await startKeeper(address, {
    keyFiles: [key.file],
    connectors: [erpConnector(connector, erp.origin)],
    taskQueue,
  })
  test = await connectClient(address, taskQueue, publicKey)
  keeper = test.keeper
})

afterAll(async () => {
  await running.stop()
  await test.close()
  await erp.stop()
})

async function failure(promise: Promise<unknown>): Promise<TokenkeeperError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(TokenkeeperError)
  return error as TokenkeeperError
}

describe('TokenkeeperClient', () => {
  it('connects, and answers when the first credential works', async () => {
    const status = await keeper.connect(connector, 'acme', { apiKey: GOOD })
    expect(status).toMatchObject({ connection: `${connector}/acme`, status: 'active' })
    expect(await keeper.status(connector, 'acme')).toMatchObject({ status: 'active' })
    const events = (await keeper.story(connector, 'acme')).map(({ event }) => event)
    expect(events).toContain('connected')
  })

  it('takes a Secret', async () => {
    const status = await keeper.connect(connector, 'held', { apiKey: new Secret(GOOD) })
    expect(status.status).toBe('active')
  })

  it('throws with what was wrong, and connecting again mends it', async () => {
    const error = await failure(keeper.connect(connector, 'mended', { apiKey: WRONG }))
    expect(error.code).not.toBe('NoAnswer')
    expect(error.connection).toBe(`${connector}/mended`)
    expect(JSON.stringify([error.message, error.stack, error])).not.toContain(WRONG)
    const status = await keeper.connect(connector, 'mended', { apiKey: GOOD })
    expect(status.status).toBe('active')
  })

  it('rotates: a refused key is told and changes nothing', async () => {
    await keeper.connect(connector, 'rotating', { apiKey: GOOD })
    await failure(keeper.rotate(connector, 'rotating', { apiKey: WRONG }))
    expect((await keeper.status(connector, 'rotating')).generation).toBe(1)
    const status = await keeper.rotate(connector, 'rotating', { apiKey: NEXT })
    expect(status).toMatchObject({ status: 'active', generation: 2 })
  })

  it('pauses, resumes and revokes', async () => {
    await keeper.connect(connector, 'operated', { apiKey: GOOD })
    await keeper.pause(connector, 'operated')
    expect((await keeper.status(connector, 'operated')).status).toBe('paused')
    await keeper.resume(connector, 'operated')
    expect((await keeper.status(connector, 'operated')).status).toBe('active')
    const error = await failure(keeper.refresh(connector, 'operated'))
    expect(error.message).toContain(`${connector}/operated is used as it is`)
    await keeper.revoke(connector, 'operated')
    expect((await keeper.status(connector, 'operated')).status).toBe('revoked')
  })

  it('says when there is no such connection, for every command', async () => {
    const commands = [
      () => keeper.status('nobody', 'acme'),
      () => keeper.story('nobody', 'acme'),
      () => keeper.pause('nobody', 'acme'),
      () => keeper.rotate('nobody', 'acme', { apiKey: 'x' }),
    ]
    for (const command of commands) {
      const error = await failure(command())
      expect(error.code).toBe('NotConnected')
      expect(error.message).toContain('no connection nobody/acme; connect it with')
    }
  })

  it('says when the connector is unknown to the keeper worker', async () => {
    const error = await failure(keeper.connect('unheard-of', randomUUID(), { apiKey: 'x' }))
    expect(error.code).toBe('UnknownConnector')
  })

  it('says when a reference is outside of the allow-list', async () => {
    const error = await failure(
      keeper.connect(connector, 'sneaky', { reference: 'file:/etc/passwd' }),
    )
    expect(error.code).toBe('ReferenceRefused')
  })

  it('says when no keeper worker runs', async () => {
    const idle = `idle-${randomUUID()}`
    const alone = new TokenkeeperClient({
      client: test.client,
      publicKey,
      taskQueue: idle,
      timeoutMs: 2000,
    })
    const account = randomUUID()
    const connecting = await failure(alone.connect(connector, account, { apiKey: GOOD }))
    expect(connecting.code).toBe('NoKeeperWorker')
    expect(connecting.message).toContain(idle)
    // Nothing was started that would wait for a worker.
    expect((await failure(keeper.status(connector, account))).code).toBe('NotConnected')
    await test.client.workflow.start('tokenWorkflow', {
      workflowId: `token:${connector}:${account}`,
      taskQueue: idle,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ connection: `${connector}/${account}` }],
    })
    const asking = await failure(alone.status(connector, account))
    expect(asking.code).toBe('NoKeeperWorker')
    expect(asking.message).toContain(idle)
  })

  it('says what it waits for, until a worker comes that is being started', async () => {
    const late = `late-${randomUUID()}`
    const said: string[] = []
    const patient = new TokenkeeperClient({
      client: test.client,
      publicKey,
      taskQueue: late,
      onWait: (message) => said.push(message),
    })
    const id = `late-${connector}`
    const key = await makeKey()
    const connection = await NativeConnection.connect({ address: inject('temporalAddress') })
    // Made before: it takes longer than anybody waits.
    const worker = await createKeeperWorker({
      connection,
      privateKeys: [secret(`file:${key.file}`)],
      connectors: [erpConnector(id, erp.origin)],
      taskQueue: late,
    })
    const connecting = failure(patient.connect(id, 'acme', { apiKey: GOOD }))
    await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 60_000, interval: 20 })
    await worker.runUntil(async () => {
      // Sealed for the key of another worker: what comes of it is not the matter here.
      expect((await connecting).code).not.toBe('NoKeeperWorker')
    })
    await connection.close()
    expect(said[0]).toContain(`Waiting for a keeper worker on the task queue '${late}'`)
  })

  it('says what stands where a token workflow should be', async () => {
    const account = randomUUID()
    const handle = await test.client.workflow.start('fakeTokenWorkflow', {
      workflowId: `token:${connector}:${account}`,
      taskQueue: `fakes-${randomUUID()}`,
    })
    const error = await failure(keeper.connect(connector, account, { apiKey: GOOD }))
    expect(error.code).toBe('NotConnected')
    expect(error.message).toContain("runs a workflow of the type 'fakeTokenWorkflow'")
    expect(error.message).toContain(
      `temporal workflow terminate --workflow-id ${handle.workflowId}`,
    )
    await handle.terminate()
    const after = await keeper.connect(connector, account, { apiKey: GOOD })
    expect(after.status).toBe('active')
  })

  it.each([
    ['Shop', 'acme'],
    ['', 'acme'],
    ['shop', ''],
    ['shop', 'a/b'],
    ['shop', '../x'],
  ])('refuses the name %j/%j', async (name, account) => {
    expect((await failure(keeper.status(name, account))).code).toBe('InvalidConnection')
  })

  it.each([
    [{ apiKey: '' }],
    [{ apiKey: 7 }],
    [{ apiKey: { secret: 'env:X' } }],
    [{ secret: 'env:X' }],
    [{ reference: 'X' }],
    [{ reference: 'env:X', apiKey: 'x' }],
    [{ sealed: 'x' }],
    ['canary-plain'],
    [new Secret('canary-plain')],
    [null],
  ])('refuses the credential %j before anything is sent', async (credential) => {
    const error = await failure(keeper.connect(connector, 'never', credential as never))
    expect(error.code).toBe('InvalidInput')
    expect(error.message).not.toContain('canary-plain')
    expect((await failure(keeper.status(connector, 'never'))).code).toBe('NotConnected')
  })

  it('sends an empty credential, for kinds whose secrets are in the definition', async () => {
    const error = await failure(keeper.connect(connector, 'empty', {}))
    expect(error.message).toContain('apiKey')
  })

  it('needs a public key for values, not for the rest', async () => {
    const operator = new TokenkeeperClient({ client: test.client, taskQueue })
    const error = await failure(operator.connect(connector, 'keyless', { apiKey: GOOD }))
    expect(error.code).toBe('NoPublicKey')
    expect((await operator.status(connector, 'acme')).status).toBe('active')
    expect(() => new TokenkeeperClient({ client: test.client, publicKey: 'x' })).toThrow(TypeError)
  })

  it('says when Temporal can not be reached', async () => {
    const other = await connectClient(inject('temporalAddress'), taskQueue, publicKey)
    await other.close()
    expect((await failure(other.keeper.status(connector, 'acme'))).code).toBe('Unavailable')
  })
})
