import { Context } from '@temporalio/activity'
import { Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { type NativeConnection, Worker, type WorkerPlugin } from '@temporalio/worker'
import { WorkflowNotFoundError } from '@temporalio/common'
import {
  parseConnection,
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../contract/connection-ref.js'
import { createFailure } from '../contract/failure.js'
import type { CallInput, FlowActivities } from '../contract/flow-activities.js'
import type { Lease } from '../contract/lease.js'
import { type CurrentLease, TOKEN_QUERIES } from '../contract/messages.js'
import { KEEPER_TASK_QUEUE, workQueueOf } from '../contract/task-queues.js'
import { createBeside } from '../worker/workers-beside.js'
import { existingFile } from '../worker/workflow-files.js'
import {
  type FakeConnection,
  FAKE_CONNECTION_SIGNAL,
  FAKE_TOKEN_WORKFLOW,
  type FakeTokenWorkflowInput,
} from './fake-connection.js'

/** The fake token workflows of one fake keeper: starts them where nothing real stands, and ends them. */
class FakeTokenWorkflows {
  readonly #started = new Map<string, string>()
  readonly #taskQueue: string
  readonly #leaseMs: number | undefined

  constructor(taskQueue: string, leaseMs: number | undefined) {
    this.#taskQueue = taskQueue
    this.#leaseMs = leaseMs
  }

  /**
   * Starts the fake of a connection where this keeper has none. What a fake keeper has left that was
   * killed is replaced.
   * @throws ApplicationFailure `InvalidConnection` where the workflow of a real keeper has the name
   */
  async start(client: Client, ref: ConnectionRef): Promise<void> {
    const workflowId = tokenWorkflowId(ref)
    if (this.#started.has(workflowId)) return
    await this.checkFree(client, ref)
    try {
      const handle = await client.workflow.start(FAKE_TOKEN_WORKFLOW, {
        workflowId,
        taskQueue: this.#taskQueue,
        args: [{ connection: formatConnection(ref), leaseMs: this.#leaseMs }] satisfies [
          FakeTokenWorkflowInput,
        ],
      })
      this.#started.set(workflowId, handle.firstExecutionRunId)
    } catch (error) {
      // Two flows that open it at once: the other one has started it.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      if (!this.#started.has(workflowId)) await this.checkFree(client, ref)
    }
  }

  async set(client: Client, ref: ConnectionRef, state: FakeConnection): Promise<void> {
    await this.start(client, ref)
    await client.workflow.getHandle(tokenWorkflowId(ref)).signal(FAKE_CONNECTION_SIGNAL, state)
  }

  /** The lease that the fake grants at once, as a real keeper worker finds it; one that a flow hands in is taken as it is. */
  async findLease(
    client: Client,
    ref: ConnectionRef,
    given: Lease | undefined,
  ): Promise<CurrentLease> {
    if (given !== undefined) return { outcome: 'granted', lease: given }
    await this.start(client, ref)
    return await client.workflow
      .getHandle(tokenWorkflowId(ref))
      .query<CurrentLease, [number]>(TOKEN_QUERIES.lease, Date.now())
  }

  /** Ends what was started here, and nothing else. */
  async end(client: Client): Promise<void> {
    const started = [...this.#started]
    this.#started.clear()
    for (const [workflowId, firstExecutionRunId] of started)
      await client.workflow
        .getHandle(workflowId, undefined, { firstExecutionRunId })
        .terminate('the fake keeper has ended')
        .catch(() => undefined)
  }

  /**
   * Ends what a fake keeper has left that was killed.
   * @throws ApplicationFailure `InvalidConnection` where the workflow of a real keeper has the name
   */
  async checkFree(client: Client, ref: ConnectionRef): Promise<void> {
    const workflowId = tokenWorkflowId(ref)
    const handle = client.workflow.getHandle(workflowId)
    try {
      const { type, status, taskQueue, runId } = await handle.describe()
      if (status.name !== 'RUNNING') return
      if (type === FAKE_TOKEN_WORKFLOW && taskQueue === this.#taskQueue) {
        await client.workflow.getHandle(workflowId, runId).terminate('replaced by a fake keeper')
        return
      }
      throw createFailure(
        'InvalidConnection',
        `The fake keeper can't stand in for ${formatConnection(ref)}: at ${workflowId} runs a ${type} of the task queue '${taskQueue}' already. Use a Temporal server or a namespace of the test's own, or another connection in the test.`,
        { connection: formatConnection(ref) },
      )
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }
}

/** A call of a flow, with the lease that it is made under. */
export interface FakeCallInput extends Pick<
  CallInput,
  'connection' | 'endpoint' | 'input' | 'idempotencyKey'
> {
  readonly lease: Lease
}

/** Answers `connection(…).call(endpoint, input)`; throw a `createFailure(…)` to fail as a real call does. */
export type FakeCall = (call: FakeCallInput) => unknown

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
  const opening: Pick<FlowActivities, 'tokenkeeper.open'> = {
    'tokenkeeper.open': async ({ connection }) => {
      if (options.calls[connection] === undefined)
        return {
          outcome: 'refused',
          code: 'UnknownConnector',
          message: `calls has no '${connection}'`,
        }
      await workflows.start(Context.current().client, connectionNamed(connection))
      return { outcome: 'opened' }
    },
  }
  const calling: Pick<FlowActivities, 'tokenkeeper.call'> = {
    'tokenkeeper.call': async (input) => {
      const { connection, endpoint } = input
      const call = options.calls[connection]?.[endpoint]
      if (call === undefined)
        throw createFailure('UnknownEndpoint', `calls has no '${connection}' '${endpoint}'`, {
          connection,
          endpoint,
        })
      const found = await workflows.findLease(
        Context.current().client,
        connectionNamed(connection),
        input.lease,
      )
      if (found.outcome === 'unavailable') return { outcome: 'lease-needed', why: found.message }
      const { lease } = found
      return { outcome: 'done', result: await call({ ...input, lease }), known: lease }
    },
  }
  const namespace = options.namespace ?? 'default'
  const client = new Client({ connection: options.connection, namespace })
  // A flow would get its leases from a real keeper's workflow, and nobody would notice.
  for (const connection of Object.keys(options.calls))
    await workflows.checkFree(client, connectionNamed(connection))
  const { connection } = options
  const forCalls = { taskQueue: workQueueOf(taskQueue), activities: calling }
  const createWork = () => Worker.create({ connection, namespace, ...forCalls })
  const worker = await createBeside([createWork], (beside) =>
    Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowsPath: existingFile(new URL('.', import.meta.url), [
        'fake-token-workflow.js',
        'fake-token-workflow.ts',
      ]),
      activities: opening,
      plugins: [endsWhatItStarted(workflows), beside],
    }),
  )
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
