import type { Client } from '@temporalio/client'
import { temporal } from '@temporalio/proto'

const Cause = temporal.api.enums.v1.WorkflowTaskFailedCause

/** The server's own: more than 100 signals came during one task, or some at its end; it is done again. */
const BY_THE_SERVER: readonly unknown[] = [
  Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  Cause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
]

/** Why workflow tasks of all runs of a workflow failed, the server's own reasons aside. */
export async function causesOfFailedTasks(client: Client, workflowId: string): Promise<string[]> {
  const causes: string[] = []
  const latest = (await client.workflow.getHandle(workflowId).describe()).runId
  for (let runId: string | undefined = latest; runId !== undefined; ) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    for (const { workflowTaskFailedEventAttributes: failed } of events ?? []) {
      if (failed == null || BY_THE_SERVER.includes(failed.cause)) continue
      causes.push(`${Cause[failed.cause ?? 0] ?? ''} ${failed.failure?.message ?? ''}`)
    }
    runId =
      events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined
  }
  return causes
}
