import { type Client, WithStartWorkflowOperation } from '@temporalio/client'
import type { Workflow } from '@temporalio/common'
import type { ConnectionRef } from '../contract/connection-ref.js'
import { tokenWorkflowStart } from '../contract/token-workflow-start.js'

/** Sends an update to a connection's token workflow, and starts that first where there is none. */
export async function updateWithStart<Result>(
  client: Client,
  taskQueue: string,
  ref: ConnectionRef,
  { name, argument }: { readonly name: string; readonly argument: object },
): Promise<Result> {
  const startWorkflowOperation = new WithStartWorkflowOperation(
    'tokenWorkflow',
    tokenWorkflowStart(ref, taskQueue),
  )
  return await client.workflow.executeUpdateWithStart<Workflow, Result, [object]>(name, {
    startWorkflowOperation,
    args: [argument],
  })
}
