import { inspect } from 'node:util'
import { MockActivityEnvironment } from '@temporalio/testing'
import { defaultPayloadConverter } from '@temporalio/common'
import { DefaultLogger } from '@temporalio/worker'
import { createExchangeOnce } from '../../activities/network/exchange-once.js'
import {
  createSyncActivities,
  createTokenQueueActivities,
  createWorkActivities,
} from '../../activities/index.js'
import { Keeper } from '../../activities/keeper/keeper.js'
import type { SinkFunction } from '../../activities/keeper/sync-functions.js'
import { sealFields } from '../../activities/connection/sealed-fields.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { Lease } from '../../src/contract/lease.js'
import type { Sealed, SealPurpose } from '../../src/contract/sealed.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import { LOOPBACK } from '../fixtures/loopback-policy.js'
import { CANARY, createBelievedLeases, heartbeatClient } from '../activities/activity-bench.js'
import { createFirstEventClient } from '../activities/token/first-event-client.js'
import { asTokenWorkflow, RUN_ID } from '../activities/token/token-activities-setup.js'
import { fuzzedConnectors, QUICK_MS } from './fuzzed-connectors.js'
import { startHostileServer } from './hostile-server.js'

type Activities = FlowActivities & TokenActivities
/** A worker that nobody stops has answered by then, however busy the machine is. */
const LIMIT_MS = 60_000

/** How an activity ended, and all that it said on the way. */
export interface Ended<T> {
  readonly result?: T
  readonly failure?: Error
  /** Heartbeats and log lines. */
  readonly said: string
}

export type FuzzStage = Awaited<ReturnType<typeof startFuzzStage>>

/** The real activities with a real keyring, and a hostile server that all of them ask. */
export async function startFuzzStage() {
  const server = await startHostileServer()
  const { privateKey } = await generateKeyPair()
  const keyring = await createKeyring([privateKey])
  const connectors = new Map(fuzzedConnectors(server.origin).map((one) => [one.id, one]))
  const sinks = new Map<string, unknown[]>()
  const sink: SinkFunction = (records, { lineage }) => {
    sinks.set(lineage, [...(sinks.get(lineage) ?? []), ...records])
  }
  const [calm, quick] = [20_000, QUICK_MS].map((totalTimeoutMs) =>
    createExchangeOnce({ network: LOOPBACK, totalTimeoutMs }),
  )
  if (calm === undefined || quick === undefined) throw new Error('no exchanges')
  const keeper = new Keeper({
    connectors,
    keyring,
    leases: createBelievedLeases(),
    functions: { sinks: new Map([['keep', sink]]), transforms: new Map() },
    listSearchAttributes: () => Promise.resolve({}),
    // Where a script stalls, its case says so in its name.
    exchangeOnce: (request) => (/\/[a-z]\d+quick/.test(request.url) ? quick : calm)(request),
  })
  const activities: Activities = {
    ...createTokenQueueActivities(keeper),
    ...createWorkActivities(keeper),
    ...createSyncActivities(keeper),
  }
  const { client: firstEvent } = createFirstEventClient(RUN_ID)

  const run = async <Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
  ): Promise<Ended<Awaited<ReturnType<Activities[Name]>>>> => {
    const said: string[] = []
    const stored: unknown[] = []
    const environment = new MockActivityEnvironment(
      {
        heartbeatTimeoutMs: 5000,
        ...asTokenWorkflow('connection' in input ? input.connection : ''),
      },
      {
        logger: new DefaultLogger('TRACE', (entry) => said.push(inspect(entry, { depth: 8 }))),
        client: { ...heartbeatClient(stored), ...firstEvent } as never,
      },
    )
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- JSON.stringify gives undefined for undefined
    environment.on('heartbeat', (details: unknown) => said.push(JSON.stringify(details) ?? ''))
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${name} did not end`))
      }, LIMIT_MS)
    })
    const all = () => [...said, JSON.stringify(stored)].join('\n')
    try {
      const work = environment.run<[typeof input], never, never>(activities[name] as never, input)
      const result = (await Promise.race([work, tooLong])) as Awaited<ReturnType<Activities[Name]>>
      // As the worker hands it over.
      defaultPayloadConverter.toPayload(result)
      return { result, said: all() }
    } catch (error) {
      return { failure: error as Error, said: all() }
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    server,
    connectors,
    keyring,
    /** What the function sink got, by the name of the work. */
    sinks,
    run,
    seal: (fields: Readonly<Record<string, string>>, connection: string, purpose: SealPurpose) =>
      keyring.seal(JSON.stringify(fields), { connection, purpose }),
    open: async (sealed: Sealed, connection: string, purpose: SealPurpose) => {
      const text = await keyring.open(sealed, { connection, purpose })
      return JSON.parse(text.reveal()) as Readonly<Record<string, string>>
    },
    lease: async (connection: string): Promise<Lease> => {
      const key = new Secret(CANARY)
      const fields = { apiKey: key, token: key, tokenSecret: key, accessToken: key }
      const nowMs = Date.now()
      const sealed = await sealFields(keyring, fields, { connection, purpose: 'token' })
      return { connection, generation: 1, sealed, issuedAtMs: nowMs, expiresAtMs: nowMs + 600_000 }
    },
    stop: () => server.stop(),
  }
}
