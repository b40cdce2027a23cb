import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Payload, PayloadCodec } from '@temporalio/common'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { clientCredentials, defineConnector, get, secret } from '../../src/connectors/index.js'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import type { KeeperWorkerOptions } from '../../src/worker.js'
import { endWorkflows } from '../fixtures/end-workflows.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const CONNECTIONS = 40
/** So long that no timer rings before all are connected: what nobody uses is refreshed once, and then once a day. */
const TOKEN_SECONDS = 15
/** With two workflow tasks at a time, so that the line does not end within the second in which somebody overtakes. */
const DECODING_MS = 100

const run = randomUUID().slice(0, 8)
const taskQueue = `overtaking-${run}`
const connector = `herd-${run}`
const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `account${String(index)}`)
const last = `account${String(CONNECTIONS)}`
/** Accounts in the order of their token requests. */
const requests: string[] = []
let upstream: LoopbackServer
let test: TestClient
let keeper: Keeper
let key: { file: string; publicKey: string }

/** What a slow machine does, without its processor time: all that a keeper reads takes a while. */
const slowly: PayloadCodec = {
  encode: (payloads: Payload[]) => Promise.resolve(payloads),
  decode: (payloads: Payload[]) => delay(DECODING_MS, payloads),
}

async function start(more: Partial<KeeperWorkerOptions> = {}): Promise<Keeper> {
  const auth = clientCredentials({
    tokenUrl: `${upstream.origin}/tokens/{account}`,
    clientId: 'app',
    clientSecret: secret('env:TEST_HERD_SECRET'),
  })
  const endpoints = { me: get('/me') }
  return await startKeeper(inject('temporalAddress'), {
    keyFiles: [key.file],
    taskQueue,
    connectors: [defineConnector({ id: connector, baseUrl: upstream.origin, auth, endpoints })],
    workflowBundle: await testBundle(),
    ...more,
  })
}

beforeAll(async () => {
  process.env['TEST_HERD_SECRET'] = 'secret'
  upstream = await startLoopbackServer(({ url = '' }, response) => {
    const [, kind, account = ''] = url.split('/')
    if (kind !== 'tokens') {
      sendJson(response, 200, {})
      return
    }
    requests.push(account)
    // Its timer is the last to ring.
    const seconds = account === last ? TOKEN_SECONDS + 2 : TOKEN_SECONDS
    sendJson(response, 200, { access_token: 'a', token_type: 'bearer', expires_in: seconds })
  })
  key = await makeKey()
  test = await connectClient(inject('temporalAddress'), taskQueue, key.publicKey)
  keeper = await start()
})
afterAll(async () => {
  await endWorkflows(test.client, taskQueue)
  await keeper.stop()
  await test.close()
  await upstream.stop()
})

it('after an outage, the connection that a flow waits for overtakes those that are due before it', async () => {
  await Promise.all(accounts.map((account) => test.keeper.connect(connector, account, {})))
  await test.keeper.connect(connector, last, {})
  const endsAtMs = Date.now() + (TOKEN_SECONDS + 2) * 1000
  await keeper.stop()
  for (const account of [...accounts, last]) await timerHasRung(account)
  // A token that is good would be handed out without a request.
  await delay(endsAtMs - Date.now())
  requests.length = 0
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') })
  const flows = await Worker.create({
    connection,
    taskQueue: `${taskQueue}-flows`,
    workflowBundle: await testBundle(),
  })
  await flows.runUntil(async () => {
    const flow = await test.client.workflow.start('callOnce', {
      taskQueue: `${taskQueue}-flows`,
      workflowId: `waits-${run}`,
      args: [{ connector, account: last, endpoint: 'me', taskQueue }],
    })
    keeper = await start({
      dataConverter: { payloadCodecs: [slowly] },
      maxConcurrentWorkflowTaskExecutions: 2,
    })
    await flow.result()
  })
  await connection.close()
  const before = new Set(requests.slice(0, requests.indexOf(last)))
  expect(requests).toContain(last)
  expect(before.size).toBeLessThan(CONNECTIONS / 2)
})

/** Nobody does its workflow task yet. */
async function timerHasRung(account: string): Promise<void> {
  const handle = test.client.workflow.getHandle(tokenWorkflowId({ connector, account }))
  await until(
    async () => (await handle.describe()).raw.pendingWorkflowTask,
    (task) => task != null,
  )
}
