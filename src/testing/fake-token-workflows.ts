import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../contract/connection-ref.js'
import { createFailure } from '../contract/failure.js'
import {
  FAKE_CONNECTION_SIGNAL,
  FAKE_TOKEN_WORKFLOW,
  type FakeConnection,
  type FakeTokenWorkflowInput,
} from './fake-connection.js'

/** The fake token workflows of one fake keeper: starts them where nothing real stands, and ends them. */
export class FakeTokenWorkflows {
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
