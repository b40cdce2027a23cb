import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Info } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import {
  createSyncActivities,
  createTokenQueueActivities,
  createWorkActivities,
} from '../../activities/index.js'
import { Keeper } from '../../activities/keeper/keeper.js'
import type { ConfirmedLeases } from '../../activities/keeper/confirmed-leases.js'
import type { SyncFunctions } from '../../activities/keeper/sync-functions.js'
import { sealFields } from '../../activities/connection/sealed-fields.js'
import type { Connector } from '../../src/connectors/connector.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { Lease } from '../../src/contract/lease.js'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createKeyring, type Keyring } from '../../src/sealing/keyring.js'
import { Secret } from '../../src/sealing/secret.js'
import { type Handler, readBody, startLoopbackServer } from '../fixtures/loopback-server.js'

/** A secret that must turn up in no failure and no heartbeat. */
export const CANARY = 'canary-7f3a9c51-do-not-tell'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Upstream {
  readonly origin: string
  /** Every request, in order. */
  readonly seen: Seen[]
  /** Of the requests, in the same order. */
  readonly sockets: Socket[]
  readonly stop: () => Promise<void>
}

/** A server that notes every request before it answers. */
export async function startUpstream(
  answer: (seen: Seen, ...http: Parameters<Handler>) => Promise<void> | void,
): Promise<Upstream> {
  const seen: Seen[] = []
  const sockets: Socket[] = []
  const server = await startLoopbackServer(async (request, response) => {
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: await readBody(request),
    }
    seen.push(one)
    sockets.push(request.socket)
    await answer(one, request, response)
  })
  return { origin: server.origin, seen, sockets, stop: server.stop }
}

export interface RunOptions {
  readonly info?: Partial<Info>
  readonly client?: object
  readonly onHeartbeat?: (details: unknown) => void
  /** Gets what cancels the activity, as a flow or a worker that goes down would. */
  readonly onStart?: (cancel: MockActivityEnvironment['cancel']) => void
}

export interface ActivityBench {
  readonly keyring: Keyring
  /** That the activities share. */
  readonly keeper: Keeper
  readonly connectors: ReadonlyMap<string, Connector>
  /** One beside it whose leases are those of the client's token workflows. */
  readonly createKeeper: () => Keeper
  readonly lease: (connection: string, more?: Partial<Lease>, key?: string) => Promise<Lease>
  readonly call: (
    input: Parameters<FlowActivities['tokenkeeper.call']>[0],
    options?: RunOptions,
  ) => ReturnType<FlowActivities['tokenkeeper.call']>
  readonly sync: (
    input: Parameters<FlowActivities['tokenkeeper.sync']>[0],
    options?: RunOptions,
  ) => ReturnType<FlowActivities['tokenkeeper.sync']>
  readonly probe: (
    input: Parameters<FlowActivities['tokenkeeper.probe-page']>[0],
  ) => ReturnType<FlowActivities['tokenkeeper.probe-page']>
  draining: boolean
  /** From here on it is another worker: it knows of no limit that was told before. */
  readonly restart: () => void
}

/** The real activities with a real keyring, in the SDK's activity context. */
export async function createActivityBench(
  connectors: readonly Connector[],
  functions: Partial<SyncFunctions> = {},
): Promise<ActivityBench> {
  const { privateKey } = await generateKeyPair()
  const keyring = await createKeyring([privateKey])
  const byId = new Map(connectors.map((connector) => [connector.id, connector]))
  const createKeeper = () =>
    new Keeper({
      connectors: byId,
      keyring,
      functions: { sinks: new Map(), transforms: new Map(), ...functions },
      leases: createBelievedLeases(),
    })
  let keeper = createKeeper()
  const start = () => ({
    ...createTokenQueueActivities(keeper),
    ...createWorkActivities(keeper),
    ...createSyncActivities(keeper, { isDraining: () => bench.draining }),
  })
  let worker = start()
  const bench: ActivityBench = {
    keyring,
    get keeper() {
      return keeper
    },
    connectors: byId,
    createKeeper: () => new Keeper({ connectors: byId, keyring }, keeper),
    draining: false,
    lease: async (connection, more = {}, key = CANARY) => {
      const fields = { apiKey: new Secret(key), accessToken: new Secret(key) }
      const nowMs = Date.now()
      return {
        connection,
        generation: 1,
        sealed: await sealFields(keyring, fields, { connection, purpose: 'token' }),
        issuedAtMs: nowMs,
        expiresAtMs: nowMs + 60_000,
        ...more,
      }
    },
    call: async (input, options) =>
      await environment(options).run(worker['tokenkeeper.call'], input),
    sync: async (input, options) =>
      await environment(options).run(worker['tokenkeeper.sync'], input),
    probe: async (input) => await environment().run(worker['tokenkeeper.probe-page'], input),
    restart: () => {
      keeper = createKeeper()
      worker = start()
    },
  }
  return bench
}

export function environment({ info, client, onHeartbeat, onStart }: RunOptions = {}) {
  const context = new MockActivityEnvironment(
    { heartbeatTimeoutMs: 5000, ...info },
    {
      logger: new DefaultLogger('ERROR'),
      client: client as Client,
    },
  )
  if (onHeartbeat !== undefined) context.on('heartbeat', onHeartbeat)
  onStart?.((...all) => {
    context.cancel(...all)
  })
  return context
}

/** For activities without a token workflow: leases are what the test says, and none is found. */
export function createBelievedLeases(
  findLease: ConfirmedLeases['findLease'] = () => Promise.resolve({ outcome: 'needed' }),
): ConfirmedLeases {
  return {
    confirmLease: (_connection, lease) => Promise.resolve(lease),
    heldLease: () => undefined,
    findLease,
    refuse: () => true,
    forgetRefusal: () => undefined,
    forget: () => undefined,
  }
}

/** A client that stores the acknowledged heartbeats of an activity. */
export function heartbeatClient(stored: unknown[]): object {
  return {
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    activity: {
      heartbeat: (_token: Uint8Array, details: unknown) => {
        stored.push(details)
        return Promise.resolve()
      },
    },
  }
}

/** The failure of some work, all of it as text, to be searched. */
export async function failureOf(work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    const failure = error as Error & { type?: string; details?: unknown[]; nonRetryable?: boolean }
    const { type, details, nonRetryable, message, stack } = failure
    return {
      type,
      message,
      nonRetryable,
      details: details?.[0],
      checkpoint: details?.[1],
      text: JSON.stringify({ type, details, message, stack, cause: failure.cause }),
    }
  }
  throw new Error('expected a failure')
}
