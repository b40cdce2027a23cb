import type { Client } from '@temporalio/client'
import { temporal } from '@temporalio/proto'

type History = temporal.api.history.v1.IHistory
const Cause = temporal.api.enums.v1.WorkflowTaskFailedCause

/** The server's own: more than 100 signals came during one task, or some at its end; it is done again. */
const BY_THE_SERVER: readonly unknown[] = [
  Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  Cause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
]

/** The histories of all runs of a workflow, the latest first. */
export async function historiesOf(client: Client, workflowId: string): Promise<History[]> {
  const histories: History[] = []
  let runId = (await client.workflow.getHandle(workflowId).describe()).runId
  while (runId !== '') {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    histories.push(history)
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes
    runId = started?.continuedExecutionRunId ?? ''
  }
  return histories
}

/** Why workflow tasks failed, the server's own reasons aside. */
export function failedTasks(histories: readonly History[]): string[] {
  return histories.flatMap(({ events }) =>
    (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed == null || BY_THE_SERVER.includes(failed.cause)
        ? []
        : [`${Cause[failed.cause ?? 0] ?? ''} ${failed.failure?.message ?? ''}`],
    ),
  )
}

export async function causesOfFailedTasks(client: Client, workflowId: string): Promise<string[]> {
  return failedTasks(await historiesOf(client, workflowId))
}
