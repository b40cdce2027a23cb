import { CancellationScope, workflowInfo } from '@temporalio/workflow'
import { type ConnectionRef, formatConnection } from '../../src/contract/connection-ref.js'
import type { FlowWorld } from './flow-world.js'
import { LeaseHolder } from './lease-holder.js'
import { listenForReplies, onReply } from './lease-replies.js'
import { TokenChannel } from './token-channel.js'
import { TEMPORAL } from '../workflow-world.js'
import { waitingDisplay } from './waiting-display.js'

const world: FlowWorld = {
  ...TEMPORAL,
  workflowId: () => workflowInfo().workflowId,
  isCancelled: () => CancellationScope.current().consideredCancelled,
  uncancelled: (work) => CancellationScope.nonCancellable(work),
  onReply,
  display: waitingDisplay,
}

const holders = new Map<string, LeaseHolder>()

/** The one holder of a connection's lease in this flow. */
export function leaseHolder(ref: ConnectionRef, taskQueue: string): LeaseHolder {
  const key = `${taskQueue}\n${formatConnection(ref)}`
  const known = holders.get(key)
  if (known !== undefined) return known
  listenForReplies()
  const holder = new LeaseHolder(new TokenChannel(ref, taskQueue), world)
  holders.set(key, holder)
  return holder
}
