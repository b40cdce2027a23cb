import { Context } from '@temporalio/activity'
import { Client } from '@temporalio/client'
import { type NativeConnection, Worker, type WorkerPlugin } from '@temporalio/worker'
import { parseConnection } from '../contract/connection-ref.js'
import { createFailure } from '../contract/failure.js'
import type { CallInput, FlowActivities } from '../contract/flow-activities.js'
import { KEEPER_TASK_QUEUE } from '../contract/keeper-task-queue.js'
import { existingFile } from '../worker/workflow-files.js'
import type { FakeConnection } from './fake-connection.js'
import { FakeTokenWorkflows } from './fake-token-workflows.js'

/** Answers `connection(…).call(endpoint, input)`; throw a `createFailure(…)` to fail as a real call does. */
export type FakeCall = (call: CallInput) => unknown

export interface FakeKeeperOptions {
  /** @example connection: environment.nativeConnection */
  readonly connection: NativeConnection
  /** @example namespace: 'test' */
  readonly namespace?: string | undefined
  /**
   * Default `tokenkeeper`.
   * @example taskQueue: 'tokenkeeper-test'
   */
  readonly taskQueue?: string | undefined
  /**
   * By connection, then by endpoint: `{ 'shopify/acme': { 'orders.get': () => ({ … }) } }`.
   * @example calls: { 'shopify/acme': { 'orders.get': () => ({ id: 1 }) } }
   */
  readonly calls: Readonly<Record<string, Readonly<Record<string, FakeCall>>>>
  /**
   * How long leases live, in milliseconds. Default 600,000.
   * @example leaseMs: 1_000
   */
  readonly leaseMs?: number | undefined
}

export interface FakeKeeper {
  /** Run it beside the worker under test. */
  readonly worker: Worker
  /** Makes a connection wait, deny, or grant again. Needs a running `worker`. */
  setConnection(connection: string, state: FakeConnection): Promise<void>
}

/**
 * A keeper worker for tests of flows: connections need no key, no connector and no upstream, leases are
 * granted at once, and calls answer what the test says. Flows see no difference to a real one. It does
 * no syncs: those are tested with a real keeper and {@link createStrictUpstream}. When its
 * worker ends, the workflows that it started end as well.
 * @throws ApplicationFailure `InvalidConnection` where a real keeper's workflow has a connection's name
 * already: give tests a server or a namespace of their own
 */
export async function createFakeKeeper(options: FakeKeeperOptions): Promise<FakeKeeper> {
  const taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
  const workflows = new FakeTokenWorkflows(taskQueue, options.leaseMs)
  const activities: Pick<FlowActivities, 'tokenkeeper.open' | 'tokenkeeper.call'> = {
    'tokenkeeper.open': async ({ connection }) => {
      if (options.calls[connection] === undefined)
        return { ok: false, code: 'UnknownConnector', message: `calls has no '${connection}'` }
      await workflows.start(Context.current().client, connectionNamed(connection))
      return { ok: true }
    },
    'tokenkeeper.call': async (input) => {
      const { connection, endpoint } = input
      const call = options.calls[connection]?.[endpoint]
      if (call === undefined)
        throw createFailure('UnknownEndpoint', `calls has no '${connection}' '${endpoint}'`, {
          connection,
          endpoint,
        })
      return { outcome: 'done', result: await call(input) }
    },
  }
  const namespace = options.namespace ?? 'default'
  const client = new Client({ connection: options.connection, namespace })
  // A flow would get its leases from a real keeper's workflow, and nobody would notice.
  for (const connection of Object.keys(options.calls))
    await workflows.checkFree(client, connectionNamed(connection))
  const worker = await Worker.create({
    connection: options.connection,
    namespace,
    taskQueue,
    workflowsPath: existingFile(new URL('.', import.meta.url), [
      'fake-token-workflow.js',
      'fake-token-workflow.ts',
    ]),
    activities,
    plugins: [endsWhatItStarted(workflows)],
  })
  return {
    worker,
    setConnection: async (connection, state) => {
      if (worker.client !== undefined)
        await workflows.set(worker.client, connectionNamed(connection), state)
    },
  }
}

/** As a plugin, so that it holds for `run` and `runUntil` alike. */
function endsWhatItStarted(workflows: FakeTokenWorkflows): WorkerPlugin {
  return {
    name: 'tokenkeeper.fake-keeper',
    runWorker: async (worker, next) => {
      try {
        await next(worker)
      } finally {
        if (worker.client !== undefined) await workflows.end(worker.client)
      }
    },
  }
}

function connectionNamed(connection: string) {
  const ref = parseConnection(connection)
  if (ref === undefined)
    throw new TypeError(`'${connection}' is no connection; write 'shopify/acme'`)
  return ref
}
