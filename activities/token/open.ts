import { Context } from '@temporalio/activity'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { tokenWorkflowStart } from '../../src/contract/token-workflow-start.js'
import type { Keeper } from '../keeper/keeper.js'
import { findConnector } from '../connection/resolve-connection.js'

/** Starts the token workflow of a connection on this worker's task queue where none runs. */
export function createOpen(keeper: Keeper): FlowActivities['tokenkeeper.open'] {
  return async ({ connection }) => {
    const found = findConnector(keeper.connectors, connection)
    if (found.outcome === 'refused') return found
    const { client, info } = Context.current()
    await client.workflow.start('tokenWorkflow', tokenWorkflowStart(found.ref, info.taskQueue))
    return { outcome: 'opened' }
  }
}
