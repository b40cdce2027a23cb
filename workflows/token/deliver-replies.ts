import { FLOW_REPLY_SIGNAL } from '../../src/contract/messages.js'
import type { AddressedReply } from './take-replies.js'
import type { TokenWorld } from './token-world.js'

/**
 * Signals a batch of answers and waits until the server has them all. An asker that has ended can't
 * take its answer any more; that is no failure of the token workflow. Returns the requests of those.
 */
export async function deliverReplies(
  replies: readonly AddressedReply[],
  { signal }: Pick<TokenWorld, 'signal'>,
): Promise<readonly string[]> {
  const gone: string[] = []
  await Promise.all(
    replies.map(async ({ replyTo, reply }) => {
      try {
        await signal(replyTo, FLOW_REPLY_SIGNAL, reply)
      } catch {
        gone.push(reply.requestId)
      }
    }),
  )
  return gone
}
