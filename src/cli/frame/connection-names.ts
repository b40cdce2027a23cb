import type { Client } from '@temporalio/client'
import { formatConnection, fromTokenWorkflowId } from '../../contract/connection-ref.js'

const MOST_LOOKED_AT = 1000
const RUNNING = "WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running'"

/** The names of the connections that there are, as visibility has them: of more than a thousand, a thousand. */
export async function connectionNames(client: Client): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { workflowId } of client.workflow.list({ query: RUNNING })) {
    const ref = fromTokenWorkflowId(workflowId)
    if (ref !== undefined) names.push(formatConnection(ref))
    if (names.length >= MOST_LOOKED_AT) break
  }
  return names
}

/** The connectors among them. */
export async function connectorNames(client: Client): Promise<readonly string[]> {
  const names = await connectionNames(client)
  return [...new Set(names.map((name) => name.split('/')[0] ?? name))].sort()
}
