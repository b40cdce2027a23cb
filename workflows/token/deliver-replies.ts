import { getExternalWorkflowHandle } from '@temporalio/workflow'
import { FLOW_REPLY_SIGNAL } from '../../src/contract/messages.js'
import type { AddressedReply } from './token-state.js'

/**
 * Signals a batch of answers and waits until the server has them all. An asker that has ended can't
 * take its answer any more; that is no failure of the token workflow.
 */
export async function deliverReplies(replies: readonly AddressedReply[]): Promise<void> {
  await Promise.all(
    replies.map(async ({ replyTo, reply }) => {
      try {
        await getExternalWorkflowHandle(replyTo).signal(FLOW_REPLY_SIGNAL, reply)
      } catch {
        return
      }
    }),
  )
}
