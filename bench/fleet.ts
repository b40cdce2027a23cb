import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { sealFields } from '../activities/connection/sealed-fields.js'
import { tokenWorkflowStart } from '../src/contract/token-workflow-start.js'
import { createKeyring, type Keyring } from '../src/sealing/keyring.js'
import { Secret } from '../src/sealing/secret.js'
import { startParts, toSnapshot, type TokenSnapshot } from '../workflows/token/token-parts.js'
import { type BenchChild, startChild } from './child.js'
import { FLOW_QUEUE, type Stage } from './stage.js'
import { forEach } from './work.js'
import type { MemoryTold, WorkerProcessConfig } from './worker-process.js'

export const HOUR_MS = 3_600_000
const LOOK_EVERY_MS = 500

export interface Fleet {
  readonly taskQueue: string
  /** Of the connector `timed`, which is refreshed by a timer while it is used. */
  readonly accounts: readonly string[]
  /** Hourly tokens, replaced at this moment: some seconds before they end. */
  readonly dueAtMs: number
}

/**
 * Starts connections in the state in which a run before has left them, all due at one moment. A flow worker and a keeper
 * have to be up; all have set their timers when this is over.
 */
export async function startFleet(stage: Stage, fleet: Fleet): Promise<void> {
  const { client, keyFile } = stage
  const query = `WorkflowType = 'tokenWorkflow' AND TaskQueue = '${fleet.taskQueue}' AND TokenkeeperStatus = 'active'`
  const countActive = async (): Promise<number> => (await client.workflow.count(query)).count
  const before = await countActive()
  const keyring = await createKeyring([new Secret((await readFile(keyFile, 'utf8')).trim())])
  await forEach(fleet.accounts, 40, async (account) => {
    const ref = { connector: 'timed', account }
    const { args, ...start } = tokenWorkflowStart(ref, fleet.taskQueue)
    const snapshot = await toConnected(keyring, `timed/${account}`, fleet)
    await client.workflow.start('seedFlow', {
      ...start,
      taskQueue: FLOW_QUEUE,
      args: [{ ...args[0], snapshot }, fleet.taskQueue],
    })
  })
  while ((await countActive()) < before + fleet.accounts.length) await sleep(LOOK_EVERY_MS)
}

async function toConnected(
  keyring: Keyring,
  connection: string,
  { dueAtMs }: Fleet,
): Promise<TokenSnapshot> {
  const nowMs = Date.now()
  const parts = startParts(connection, nowMs)
  const [, account = ''] = connection.split('/')
  const refreshToken = new Secret(`${account}.3600`)
  const accessToken = new Secret('a'.repeat(900))
  const grant = await sealFields(keyring, { refreshToken }, { connection, purpose: 'grant' })
  const sealed = await sealFields(keyring, { accessToken }, { connection, purpose: 'token' })
  return toSnapshot({
    ...parts,
    health: { kind: 'active', sinceMs: nowMs, paused: false },
    token: {
      generation: 1,
      highestGeneration: 1,
      held: {
        sealed,
        kind: 'refresh-token',
        issuedAtMs: nowMs,
        lifetimeMs: HOUR_MS,
        softAtMs: dueAtMs,
        hardAtMs: dueAtMs + 1000,
        expiresAtMs: dueAtMs + 2000,
        idleAtMs: dueAtMs + 24 * HOUR_MS,
      },
    },
    grant: { ...parts.grant, sealed: grant },
  })
}

/** A keeper in a process of its own. */
export async function startKeeperProcess(
  { address, keyFile, upstream }: Stage,
  taskQueue: string,
  more: Partial<WorkerProcessConfig> = {},
): Promise<BenchChild<MemoryTold>> {
  const { origin } = upstream
  const config = { side: 'keeper' as const, address, taskQueue, keyFile, origin, ...more }
  return await startChild<MemoryTold>('worker-process.js', config satisfies WorkerProcessConfig)
}
