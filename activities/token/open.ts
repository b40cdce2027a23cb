import { Context } from '@temporalio/activity'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { tokenWorkflowStart } from '../../src/contract/token-workflow-start.js'
import { findConnector } from './find-connector.js'
import type { TokenActivityDeps } from './token-activity-deps.js'

/** Starts the token workflow of a connection on this worker's task queue where none runs. */
export function createOpen({
  connectors,
}: Pick<TokenActivityDeps, 'connectors'>): FlowActivities['tokenkeeper.open'] {
  return async ({ connection }) => {
    const found = findConnector(connectors, connection)
    if (!found.ok) return found
    const { client, info } = Context.current()
    await client.workflow.start('tokenWorkflow', tokenWorkflowStart(found.ref, info.taskQueue))
    return { ok: true }
  }
}
