import { CancellationScope, workflowInfo } from '@temporalio/workflow'
import { type ConnectionRef, formatConnection } from '../../src/contract/connection-ref.js'
import type { FlowWorld } from './flow-world.js'
import { LeaseHolder } from './lease-holder.js'
import { LeaseReplies } from './lease-replies.js'
import { TokenChannel } from './token-channel.js'
import { refuseStaleActivations } from '../runtime/stale-activations.js'
import { TEMPORAL } from '../runtime/workflow-world.js'
import { workflowTracing } from '../runtime/workflow-tracing.js'
import { WaitingDisplay } from './waiting-display.js'

/** What one workflow execution holds of its connections. */
class ThisFlow {
  readonly display = new WaitingDisplay()
  readonly #replies = new LeaseReplies()
  readonly #holders = new Map<string, LeaseHolder>()
  readonly #world: FlowWorld = {
    ...TEMPORAL,
    workflowId: () => workflowInfo().workflowId,
    isCancelled: () => CancellationScope.current().consideredCancelled,
    uncancelled: (work) => CancellationScope.nonCancellable(work),
    onReply: (requestId, connection, take) => this.#replies.on(requestId, connection, take),
    display: this.display,
    tracing: workflowTracing,
  }

  /** The one holder of a connection's lease. */
  leaseHolder(ref: ConnectionRef, taskQueue: string): LeaseHolder {
    const key = `${taskQueue}\n${formatConnection(ref)}`
    const known = this.#holders.get(key)
    if (known !== undefined) return known
    this.#replies.listen()
    const holder = new LeaseHolder(new TokenChannel(ref, taskQueue), this.#world)
    this.#holders.set(key, holder)
    return holder
  }
}

const THIS_FLOW = Symbol('tokenkeeper')

/**
 * What the running workflow execution holds. It hangs on the global object, of which Temporal gives each
 * execution its own: all workflows of a keeper worker share this module, so the module can't hold it.
 */
export function thisFlow(): ThisFlow {
  const scope = globalThis as unknown as Record<symbol, ThisFlow | undefined>
  const known = scope[THIS_FLOW]
  if (known !== undefined) return known
  refuseStaleActivations()
  return (scope[THIS_FLOW] = new ThisFlow())
}
