import { randomBytes } from 'node:crypto'
import type { WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  apiKey,
  type AuthDefinition,
  clientCredentials,
  type Connector,
  defineConnector,
  get,
  secret,
} from '../../src/connectors/index.js'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { findLeaks } from './evidence.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const FLOWS = 10
const RUN = randomBytes(4).toString('hex')
const KEEPER = `define-once-keeper-${RUN}`
const KEY = `canary-key-${RUN}`
const SECRETS = [`canary-first-${RUN}`, `canary-second-${RUN}`] as const

/** The one file in which authentication is defined: everything else knows the connector by its name. */
function crm(auth: AuthDefinition): Connector {
  return defineConnector({
    id: `crm-${RUN}`,
    baseUrl: upstream.origin,
    auth,
    verify: 'e0',
    endpoints: Object.fromEntries(
      Array.from({ length: FLOWS }, (_none, n) => [`e${String(n)}`, get(`/e${String(n)}`)]),
    ),
  })
}

const withKey = () => crm(apiKey({ in: 'header', name: 'X-Api-Key' }))
const withOAuth = (clientSecret: string) =>
  crm(
    clientCredentials({
      tokenUrl: server.tokenUrl,
      clientId: 'crm-app',
      clientSecret: secret(`env:${clientSecret}`),
    }),
  )

let server: AuthorizationServer
let upstream: LoopbackServer
let client: TestClient
let keeper: Keeper
let flowWorker: Worker
let flowConnection: NativeConnection
let running: Promise<void>
const flows: WorkflowHandle[] = []
/** By endpoint: calls accepted with the key, and with a token. */
const accepted = { key: new Map<string, number>(), token: new Map<string, number>() }
const upstreamState = { keyLives: true, refused: 0 }
let keyFile: { file: string; publicKey: string }

beforeAll(async () => {
  server = await startAuthorizationServer({
    accessTokenSeconds: 3600,
    clients: [{ clientId: 'crm-app', clientSecret: SECRETS[0] }],
  })
  upstream = await startLoopbackServer(async ({ url = '', headers }, response) => {
    const side = await credentialOf(headers)
    if (side === undefined) {
      upstreamState.refused += 1
      sendJson(response, 401, { error: 'who is it?' })
      return
    }
    accepted[side].set(url, (accepted[side].get(url) ?? 0) + 1)
    sendJson(response, 200, { endpoint: url })
  })
  keyFile = await makeKey()
  process.env['TEST_CRM_SECRET'] = SECRETS[0]
  const address = inject('temporalAddress')
  keeper = await start(withKey())
  client = await connectClient(address, KEEPER, keyFile.publicKey)
  flowConnection = await NativeConnection.connect({ address })
  flowWorker = await Worker.create({
    connection: flowConnection,
    taskQueue: `define-once-flows-${RUN}`,
    workflowBundle: await testBundle(),
  })
  running = flowWorker.run()
  await client.keeper.connect(`crm-${RUN}`, 'default', { apiKey: KEY })
  for (let n = 0; n < FLOWS; n += 1)
    flows.push(
      await client.client.workflow.start('callOnSignal', {
        taskQueue: `define-once-flows-${RUN}`,
        workflowId: `define-once-${RUN}-${String(n)}`,
        args: [
          {
            connector: `crm-${RUN}`,
            account: 'default',
            taskQueue: KEEPER,
            endpoint: `e${String(n)}`,
          },
        ],
      }),
    )
})

afterAll(async () => {
  await client.client.workflow.getHandle(tokenId()).terminate('end of the test')
  flowWorker.shutdown()
  await running
  await flowConnection.close()
  await keeper.stop()
  await client.close()
  await Promise.all([upstream.stop(), server.stop()])
})

const tokenId = (): string => `token:crm-${RUN}:default`

async function start(connector: Connector): Promise<Keeper> {
  return await startKeeper(inject('temporalAddress'), {
    keyFiles: [keyFile.file],
    taskQueue: KEEPER,
    connectors: [connector],
    workflowBundle: await testBundle(),
  })
}

async function changeDefinition(connector: Connector): Promise<void> {
  await keeper.stop()
  keeper = await start(connector)
}

/** Asks the authorization server about every token, with the secret that it has now. */
async function credentialOf(headers: {
  readonly authorization?: string | undefined
  readonly 'x-api-key'?: string | string[] | undefined
}): Promise<'key' | 'token' | undefined> {
  if (headers['x-api-key'] !== undefined)
    return headers['x-api-key'] === KEY && upstreamState.keyLives ? 'key' : undefined
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
  return token !== undefined && (await server.isActive(token)) ? 'token' : undefined
}

/** Every flow makes one call more and it is accepted. */
async function everyFlowCalls(side: keyof typeof accepted, times: number): Promise<void> {
  for (const flow of flows) await flow.signal('call')
  await until(
    () => [...accepted[side].values()].filter((calls) => calls >= times).length,
    (count) => count === FLOWS,
  )
}

describe('one connector, ten endpoints, ten running flows', () => {
  it('call with the API key that is defined', async () => {
    await everyFlowCalls('key', 1)
  })

  it('go on when its authentication changes to OAuth client credentials in one file', async () => {
    await changeDefinition(withOAuth('TEST_CRM_SECRET'))
    upstreamState.keyLives = false
    await everyFlowCalls('token', 1)
    expect(await client.keeper.status(`crm-${RUN}`)).toMatchObject({
      status: 'active',
      kind: 'client-credentials',
    })
  })

  it("go on when the connector's client secret is rotated by one signal", async () => {
    process.env['TOKENKEEPER_SECRET_CRM_NEXT'] = SECRETS[1]
    await server.changeClientSecret('crm-app', SECRETS[1])
    const before = (await client.keeper.status(`crm-${RUN}`)).generation
    await client.client.workflow
      .getHandle(tokenId())
      .signal('tokenkeeper.rotate', { reference: 'env:TOKENKEEPER_SECRET_CRM_NEXT' })
    await until(
      () => client.keeper.status(`crm-${RUN}`),
      ({ generation }) => generation > before,
    )
    await everyFlowCalls('token', 2)
    const story = await client.keeper.story(`crm-${RUN}`)
    expect(story.filter(({ event }) => event === 'rotated')).toHaveLength(1)
  })

  it('shows which connection a broken definition breaks, and why; mending it wakes them', async () => {
    await changeDefinition(withOAuth('TEST_CRM_NOWHERE'))
    // The credential that the operator rotated in still wins over the definition's.
    await everyFlowCalls('token', 3)
    await changeDefinition(crm(brokenGrant()))
    await askForRefresh(client.client, `crm-${RUN}`)
    const { failure } = await until(
      () => client.keeper.status(`crm-${RUN}`),
      (status) => status.failure !== undefined,
    )
    expect(failure?.code).toBe('invalid_client')
    expect(failure?.message).toMatch(
      new RegExp(`crm-${RUN}/default.*client id, client secret.*connector`),
    )
    await changeDefinition(withOAuth('TEST_CRM_SECRET'))
    await until(
      () => client.keeper.status(`crm-${RUN}`),
      ({ status, failure: left }) => status === 'active' && left === undefined,
    )
    await everyFlowCalls('token', 4)
  })

  it('were never failed, restarted or refused', async () => {
    for (const flow of flows) await flow.signal('end')
    const canaries = [KEY, ...SECRETS].map((text) => [text.slice(0, 12), text] as const)
    for (const [n, flow] of flows.entries()) {
      expect(await flow.result(), `flow ${String(n)}`).toBe(5)
      const { runId, status } = await flow.describe()
      const history = await flow.fetchHistory()
      const first = history.events?.[0]?.workflowExecutionStartedEventAttributes
      expect(status.name).toBe('COMPLETED')
      expect(first?.originalExecutionRunId).toBe(runId)
      expect(first?.attempt).toBe(1)
      expect(findLeaks(historyToJSON(history), canaries)).toEqual([])
    }
    expect(upstreamState.refused).toBe(0)
  })
})

/** Names a client that the authorization server does not know. */
function brokenGrant(): AuthDefinition {
  return clientCredentials({
    tokenUrl: server.tokenUrl,
    clientId: 'nobody',
    clientSecret: secret('env:TEST_CRM_SECRET'),
  })
}
