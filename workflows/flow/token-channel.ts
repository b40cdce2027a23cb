import { getExternalWorkflowHandle, proxyActivities, sleep } from '@temporalio/workflow'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import { isKeeperTaskQueue, keeperTaskQueueRule } from '../../src/contract/task-queues.js'
import { type LeaseRequest, TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { TOKEN_QUEUE_HEARTBEAT_TIMEOUT } from '../runtime/heartbeat-timeouts.js'

/** The way to the token workflow of a connection. */
export class TokenChannel {
  readonly connection: string
  readonly #ref: ConnectionRef
  readonly #taskQueue: string

  constructor(ref: ConnectionRef, taskQueue: string) {
    this.connection = formatConnection(ref)
    this.#ref = ref
    this.#taskQueue = taskQueue
    // The server, and half of a surrogate pair the SDK's core, would fail each workflow task for it.
    if (!isKeeperTaskQueue(taskQueue))
      throw createFailure(
        'InvalidInput',
        `the keeper's task queue must be ${keeperTaskQueueRule()}`,
      )
  }

  /** Signals a request; starts the token workflow first where there is none. */
  async request(message: LeaseRequest): Promise<void> {
    try {
      await this.send(TOKEN_SIGNALS.lease, message)
      return
    } catch {
      // No such workflow, or it can't take more signals before it continues as new.
    }
    for (let tries = 0; ; tries += 1) {
      await this.#open()
      try {
        await this.send(TOKEN_SIGNALS.lease, message)
        return
      } catch (error) {
        if (tries >= 10) throw error
        await sleep(1000, { summary: toSummary(`ask ${this.connection} again`) })
      }
    }
  }

  async send(signal: string, message: unknown): Promise<void> {
    await getExternalWorkflowHandle(tokenWorkflowId(this.#ref)).signal(signal, message)
  }

  async #open(): Promise<void> {
    const activities = proxyActivities<FlowActivities>({
      taskQueue: this.#taskQueue,
      startToCloseTimeout: '20s',
      heartbeatTimeout: TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
      summary: toSummary(`open ${this.connection}`),
    })
    const opened = await activities['tokenkeeper.open']({ connection: this.connection })
    if (opened.outcome === 'refused')
      throw createFailure(opened.code, opened.message, { connection: this.connection })
  }
}
