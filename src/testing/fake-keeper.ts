import { Context } from '@temporalio/activity'
import { type NativeConnection, Worker } from '@temporalio/worker'
import { parseConnection, tokenWorkflowId } from '../contract/connection-ref.js'
import { createFailure } from '../contract/failure.js'
import type { CallInput, FlowActivities } from '../contract/flow-activities.js'
import { KEEPER_TASK_QUEUE } from '../contract/token-activities.js'
import { existingFile } from '../worker/workflow-files.js'
import {
  FAKE_CONNECTION_SIGNAL,
  type FakeConnection,
  type FakeTokenWorkflowInput,
} from './fake-connection.js'

/** Answers `connection(…).call(endpoint, input)`; throw a `createFailure(…)` to fail as a real call does. */
export type FakeCall = (call: CallInput) => unknown

export interface FakeKeeperOptions {
  readonly connection: NativeConnection
  readonly namespace?: string
  /** Default `tokenkeeper`. */
  readonly taskQueue?: string
  /** By connection, then by endpoint: `{ 'shopify/acme': { 'orders.get': () => ({ … }) } }`. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, FakeCall>>>>
  /** How long leases live, in milliseconds. Default 600,000. */
  readonly leaseMs?: number
}

export interface FakeKeeper {
  /** Run it beside the worker under test. */
  readonly worker: Worker
  /** Makes a connection wait, deny, or grant again. Needs a running `worker`. */
  setConnection(connection: string, state: FakeConnection): Promise<void>
}

/**
 * A keeper worker for tests of flows: connections need no key, no connector and no upstream, leases are
 * granted at once, and calls answer what the test says. Flows can't tell it from a real one. It does
 * no syncs: those are tested with a real keeper and {@link createStrictUpstream}.
 */
export async function createFakeKeeper(options: FakeKeeperOptions): Promise<FakeKeeper> {
  const taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
  const start = (connection: string) => ({
    workflowId: tokenWorkflowId(toRef(connection)),
    taskQueue,
    args: [
      { connection, ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }) },
    ] satisfies [FakeTokenWorkflowInput],
  })
  const activities: Pick<FlowActivities, 'tokenkeeper.open' | 'tokenkeeper.call'> = {
    'tokenkeeper.open': async ({ connection }) => {
      if (options.calls[connection] === undefined)
        return { ok: false, code: 'UnknownConnector', message: `calls has no '${connection}'` }
      await Context.current().client.workflow.start('tokenWorkflow', {
        ...start(connection),
        workflowIdConflictPolicy: 'USE_EXISTING',
      })
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
  const worker = await Worker.create({
    connection: options.connection,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    taskQueue,
    workflowsPath: existingFile(new URL('.', import.meta.url), [
      'fake-token-workflow.js',
      'fake-token-workflow.ts',
    ]),
    activities,
  })
  return {
    worker,
    setConnection: async (connection, state) => {
      await worker.client?.workflow.signalWithStart('tokenWorkflow', {
        ...start(connection),
        signal: FAKE_CONNECTION_SIGNAL,
        signalArgs: [state],
      })
    },
  }
}

function toRef(connection: string) {
  const ref = parseConnection(connection)
  if (ref === undefined)
    throw new TypeError(`'${connection}' is no connection; write 'shopify/acme'`)
  return ref
}
