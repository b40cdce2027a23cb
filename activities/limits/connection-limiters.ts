import { Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { ResolvedConnection } from '../http/resolve-connection.js'
import { limitWorkflowId } from '../../src/contract/limit.js'
import { createAskSlots } from './ask-slots.js'
import { ConnectionLimiter } from './connection-limiter.js'
import { toPace } from './pace.js'

/** The limiters of a keeper: all of its activities share one for each connection. */
export class ConnectionLimiters {
  readonly #limiters = new Map<string, ConnectionLimiter>()

  /**
   * The limiter of a connection. To be called inside an activity.
   * @param keeperTaskQueue where limit workflows run; default: the activity's own task queue
   */
  of(
    { connector, name, ref }: ResolvedConnection,
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
          log.warn(
            `tokenkeeper: the limit workflow of ${name} does not answer; until it does, this worker sends a quarter of its budget at most. Look at ${limitWorkflowId(ref)} in the Web UI, and whether a keeper worker runs on '${taskQueue}'; one that is stuck may be terminated, the next request starts another.`,
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
