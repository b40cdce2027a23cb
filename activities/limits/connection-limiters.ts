import { Context } from '@temporalio/activity'
import { LOG_EVENTS, logFields } from '../../src/contract/log-events.js'
import { type Client, WithStartWorkflowOperation } from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import type { Connector } from '../../src/connectors/connector.js'
import {
  LIMIT_UPDATES,
  limitWorkflowId,
  type SlotGrant,
  type SlotRequest,
} from '../../src/contract/limit.js'
import { type ConnectionRef, formatConnection } from '../../src/contract/connection-ref.js'
import { limitTexts } from '../../src/contract/static-texts.js'
import { ConnectionLimiter } from './connection-limiter.js'
import type { AskSlots } from './shared-budget.js'
import { toPace } from './pace.js'

/** What is asked of a connection here. */
export interface LimitedConnection {
  readonly name: string
  readonly ref: ConnectionRef
  readonly connector: Pick<Connector, 'limits'>
}

/** The limiters of a keeper: all of its activities share one for each connection. */
export class ConnectionLimiters {
  readonly #limiters = new Map<string, ConnectionLimiter>()

  /**
   * The limiter of a connection. To be called inside an activity.
   * @param keeperTaskQueue where limit workflows run; default: the activity's own task queue
   */
  of(
    { connector, name, ref }: LimitedConnection,
    keeperTaskQueue: string | undefined,
  ): ConnectionLimiter {
    const budget = connector.limits?.budget
    const { log, info } = Context.current()
    const taskQueue = keeperTaskQueue ?? info.taskQueue
    const limiter =
      this.#limiters.get(name) ??
      new ConnectionLimiter({
        connection: name,
        pace: budget === undefined ? undefined : toPace(budget),
        onAlone: () => {
          log[LOG_EVENTS.limit_unanswered.level](
            `tokenkeeper: the limit workflow of ${name} does not answer; until it does, this worker sends a quarter of its budget at most. Look at ${limitWorkflowId(ref)} in the Web UI, and whether a keeper worker runs on '${taskQueue}'; one that is stuck may be terminated, the next request starts another.`,
            logFields('limit_unanswered', { connection: name }),
          )
        },
      })
    this.#limiters.set(name, limiter)
    if (limiter.hasBudget) {
      const client = clientOf(Context.current())
      limiter.askBy(client === undefined ? undefined : createAskSlots(client, ref, taskQueue))
    }
    return limiter
  }
}

/** Undefined in tests of activities without a server. */
function clientOf(context: Context): Client | undefined {
  try {
    return context.client
  } catch {
    return undefined
  }
}

/** Nobody waits for the limit workflow any longer than this. */
const ASK_PATIENCE_MS = 3000
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
          ...limitTexts(ref),
        }),
      },
    )
  }
  return async (request) => {
    // Shared by activities: the end of the one that happens to ask must not end it for the others.
    const signal = AbortSignal.timeout(ASK_PATIENCE_MS)
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
