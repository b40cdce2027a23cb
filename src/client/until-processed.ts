import { setTimeout as pause } from 'node:timers/promises'
import { WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'

const MOST_TRIES = 5
const PAUSE_MS = 300

/**
 * Sends an update again that no worker has looked at: one that was going away took the workflow task
 * and dropped it, and the server hands the update back untouched. Any other end is the caller's.
 */
export async function untilProcessed<T>(send: () => Promise<T>, pauseMs = PAUSE_MS): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send()
    } catch (error) {
      if (tries >= MOST_TRIES || !isUnprocessed(error)) throw error
      await pause(pauseMs * tries)
    }
  }
}

/** The server's own word for it (service/history/workflow/update). */
function isUnprocessed(error: unknown): boolean {
  if (!(error instanceof WorkflowUpdateFailedError)) return false
  return error.cause instanceof ApplicationFailure && error.cause.type === 'UnprocessedUpdate'
}
