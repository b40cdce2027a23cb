import { readFile } from 'node:fs/promises'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  authorizedFetch,
  createAuthorizedFetchInterceptor,
} from '../../activities/fetch/authorized-fetch.js'
import { Keeper } from '../../activities/keeper/keeper.js'
import { failureCode } from '../../src/contract/failure.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import { erpConnector } from '../fixtures/whole-path.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import type { FetchInput } from './workflows.js'

/** Long enough that the keeper has said why by then. */
const MAX_WAIT = '5 seconds'
/** Of what needs no wait: a busy machine may take a while. */
const LONG_WAIT = '100 seconds'
/** The wait asked for, and what a busy machine takes. */
const TOLD_WITHIN_MS = 60_000

let stage: Stage
let connection: NativeConnection
let worker: Worker
let running: Promise<void>
/** How long each request of the activity took until it failed. */
let tookMs = 0

beforeAll(async () => {
  stage = await startStage()
  await stage.connectErp()
  await stage.keeper.connect(stage.erpId, 'paused', { apiKey: stage.erpKey })
  await stage.keeper.pause(stage.erpId, 'paused')
  await stage.keeper.connect(stage.erpId, 'revoked', { apiKey: stage.erpKey })
  await stage.keeper.revoke(stage.erpId, 'revoked')
  connection = await NativeConnection.connect({ address: stage.address })
  const here = [...stage.connectors, erpConnector(`here-${stage.run}`, stage.erp.origin)]
  const key = (await readFile(stage.keyFile, 'utf8')).trim()
  worker = await Worker.create({
    connection,
    taskQueue: queue(),
    workflowBundle: stage.bundle,
    activities: {
      fetchIt: async ({ connector, account, maxWait }: FetchInput) => {
        const startedMs = performance.now()
        try {
          return (await authorizedFetch(connector, account, { maxWait })('/me')).status
        } finally {
          tookMs = performance.now() - startedMs
        }
      },
    },
    interceptors: {
      activity: [
        createAuthorizedFetchInterceptor(
          new Keeper({
            connectors: new Map(here.map((connector) => [connector.id, connector])),
            keyring: await createKeyring([new Secret(key)]),
          }),
          { keeperTaskQueue: stage.taskQueue },
        ),
      ],
    },
  })
  running = worker.run()
})
afterAll(async () => {
  worker.shutdown()
  await running
  await connection.close()
  await stage.end()
})

const queue = (): string => `users-${stage.run}`

async function fetchOf(
  connector: string,
  account = 'default',
  maxWait = MAX_WAIT,
): Promise<unknown> {
  return await stage.client.workflow
    .execute('fetchOf', {
      taskQueue: queue(),
      workflowId: `fetch-${connector}-${account}-${String(Date.now())}`,
      args: [{ connector, account, maxWait }],
    })
    .catch(keepError)
}

function expectTold(failed: unknown, code: string, what: string): void {
  expect(failureCode(failed)).toBe(code)
  expect(rootMessage(failed)).toContain(what)
  expect(tookMs).toBeLessThan(TOLD_WITHIN_MS)
}

function rootMessage(error: unknown): string {
  let current = error
  while (current instanceof Error && current.cause instanceof Error) current = current.cause
  return current instanceof Error ? current.message : String(current)
}

it('goes through where the connection works', async () => {
  expect(await fetchOf(stage.erpId, 'default', LONG_WAIT)).toBe(200)
})

it.each([
  ['nobody has connected', 'forgotten', 'ConnectionNotUsable', 'TokenkeeperClient.connect'],
  ['an operator has paused', 'paused', 'ConnectionNotUsable', 'is paused'],
])('a connection that %s is told within maxWait', async (_name, account, code, what) => {
  expectTold(await fetchOf(stage.erpId, account), code, what)
})

it('a connection that is revoked is told at once', async () => {
  const failed = await fetchOf(stage.erpId, 'revoked', LONG_WAIT)
  expectTold(failed, 'ConnectionRevoked', 'is revoked')
})

it('a connection that still has no credential is told so the next time', async () => {
  const pending = await fetchOf(stage.erpId, 'forgotten-again')
  expectTold(pending, 'ConnectionNotUsable', 'TokenkeeperClient.connect')
  expect((await stage.keeper.status(stage.erpId, 'forgotten-again')).status).toBe('pending')
})

it('a connector that this worker does not know is told at once', async () => {
  const failed = await fetchOf(`nowhere-${stage.run}`, 'default', LONG_WAIT)
  expectTold(failed, 'UnknownConnector', 'nowhere')
})

it('a connector that only the keeper does not know is told within maxWait', async () => {
  const here = `here-${stage.run}`
  expectTold(await fetchOf(here), 'ConnectionNotUsable', here)
})

it('a keeper that does not run is told within maxWait', async () => {
  await stage.worker.stop()
  try {
    const connectionInput = {
      connector: stage.erpId,
      account: 'paused',
      taskQueue: stage.taskQueue,
    }
    const call = stage.client.workflow.execute('callOnce', {
      taskQueue: queue(),
      workflowId: `call-alone-${stage.run}`,
      args: [{ ...connectionInput, endpoint: 'me', maxWait: MAX_WAIT }],
    })
    const called = call.catch(keepError)
    expectTold(await fetchOf(stage.erpId, 'paused'), 'ConnectionNotUsable', 'is a keeper worker up')
    // The call lies in a task queue that nobody reads, and then its request for a lease does.
    const failed: unknown = await called
    expect(failureCode(failed)).toBe('ConnectionNotUsable')
    expect(rootMessage(failed)).toContain('is a keeper worker up')
  } finally {
    stage.worker = await stage.startKeeper()
  }
})
