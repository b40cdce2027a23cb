import { Context } from '@temporalio/activity'
import { currentRun } from './current-run.js'

/**
 * Whether this run came from a reset: its memory, and the refresh token in it, may be old. The run
 * that recorded the last result tells; right after the start of a run its first event does, which a
 * reset copies from the original run.
 */
export async function isRolledBack(knownRunId: string | undefined): Promise<boolean> {
  const run = currentRun()
  if (knownRunId !== undefined) return knownRunId !== run.runId
  const { client, info } = Context.current()
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: info.namespace,
    execution: run,
    maximumPageSize: 1,
  })
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes
  return started?.originalExecutionRunId !== run.runId
}
