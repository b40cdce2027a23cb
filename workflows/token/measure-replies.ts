import { connectorOf } from '../../src/contract/connection-ref.js'
import type { AddressedReply } from './take-replies.js'
import type { TokenWorld } from './token-world.js'

/** Counts answers to flows, and records how long those waited that get a lease. */
export function measureReplies(
  connection: string,
  replies: readonly AddressedReply[],
  { measure }: Pick<TokenWorld, 'measure'>,
): void {
  const connector = connectorOf(connection)
  const times = { granted: 0, denied: 0, parked: 0 }
  for (const { reply, waitedMs } of replies) {
    times[reply.outcome === 'waiting' ? 'parked' : reply.outcome] += 1
    if (reply.outcome === 'granted')
      measure('tokenkeeper.lease.wait.duration', waitedMs / 1000, { connector })
  }
  for (const outcome of ['granted', 'denied', 'parked'] as const)
    if (times[outcome] > 0)
      measure('tokenkeeper.lease.requests', times[outcome], { connector, outcome })
}
