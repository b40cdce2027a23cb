import { getExternalWorkflowHandle } from '@temporalio/workflow'
import { FLOW_REPLY_SIGNAL } from '../../src/contract/messages.js'
import type { AddressedReply } from './take-replies.js'

/**
 * Signals a batch of answers and waits until the server has them all. An asker that has ended can't
 * take its answer any more; that is no failure of the token workflow. Returns the requests of those.
 */
export async function deliverReplies(
  replies: readonly AddressedReply[],
): Promise<readonly string[]> {
  const gone: string[] = []
  await Promise.all(
    replies.map(async ({ replyTo, reply }) => {
      try {
        await getExternalWorkflowHandle(replyTo).signal(FLOW_REPLY_SIGNAL, reply)
      } catch {
        gone.push(reply.requestId)
      }
    }),
  )
  return gone
}
