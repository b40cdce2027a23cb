import { Context } from '@temporalio/activity'

/** The workflow and run that scheduled this activity. */
export function currentRun(): { readonly workflowId: string; readonly runId: string } {
  const run = Context.current().info.workflowExecution
  if (run === undefined) throw new TypeError('the activities of a token workflow need a workflow')
  return run
}

export function currentRunId(): string {
  return currentRun().runId
}
