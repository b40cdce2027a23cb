import { type Client, WithStartWorkflowOperation } from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import { type ConnectionRef, formatConnection } from '../../src/contract/connection-ref.js'
import {
  LIMIT_UPDATES,
  limitWorkflowId,
  type SlotGrant,
  type SlotRequest,
} from '../../src/contract/limit.js'

/** Where slots come from. */
export type AskSlots = (request: SlotRequest) => Promise<SlotGrant>

/** Nobody waits for the limit workflow any longer than this. */
const PATIENCE_MS = 3000
const TRIES = 2

/** Asks the limit workflow of a connection, and starts it where none runs: one request to the server. */
export function createAskSlots(
  client: Client,
  ref: ConnectionRef,
  keeperTaskQueue: string,
): AskSlots {
  const ask = async (request: SlotRequest): Promise<SlotGrant> => {
    const connection = formatConnection(ref)
    return await client.workflow.executeUpdateWithStart<Workflow, SlotGrant, [SlotRequest]>(
      LIMIT_UPDATES.slots,
      {
        args: [request],
        startWorkflowOperation: new WithStartWorkflowOperation('limitWorkflow', {
          workflowId: limitWorkflowId(ref),
          taskQueue: keeperTaskQueue,
          args: [{ connection }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `budget of ${connection}`,
        }),
      },
    )
  }
  return async (request) => {
    // Shared by activities: the end of the one that happens to ask must not end it for the others.
    const signal = AbortSignal.timeout(PATIENCE_MS)
    return await client.withAbortSignal(signal, async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await ask(request)
        } catch (error) {
          // It was about to continue as new, or to end for want of requests.
          if (tries === TRIES || signal.aborted) throw error
        }
      }
    })
  }
}
