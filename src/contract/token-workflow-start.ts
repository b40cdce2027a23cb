import { type ConnectionRef, formatConnection, tokenWorkflowId } from './connection-ref.js'
import { tokenTexts } from './static-texts.js'

/**
 * How long a worker may take for one workflow task of a token workflow, in milliseconds. Where flows storm,
 * a task has up to 10,000 signals, the most that the server takes in a run: with Temporal's 10 s it could
 * time out each time it is tried, for ever. Price: after a worker that dies within a task, the next one waits.
 */
export const TOKEN_TASK_TIMEOUT_MS = 20_000

/** How a token workflow is started, wherever that is, where none runs. */
export function tokenWorkflowStart(ref: ConnectionRef, taskQueue: string) {
  return {
    workflowId: tokenWorkflowId(ref),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowTaskTimeout: TOKEN_TASK_TIMEOUT_MS,
    ...tokenTexts(ref),
    args: [{ connection: formatConnection(ref) }],
  }
}
