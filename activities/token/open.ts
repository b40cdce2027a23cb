import { Context } from '@temporalio/activity'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { onlyRegistered } from '../../src/contract/search-attributes.js'
import { tokenAttributes, tokenWorkflowStart } from '../../src/contract/token-workflow-start.js'
import type { Keeper } from '../keeper/keeper.js'
import { findConnector } from '../connection/resolve-connection.js'

/** Starts the token workflow of a connection on this worker's task queue where none runs. */
export function createOpen(keeper: Keeper): FlowActivities['tokenkeeper.open'] {
  return async ({ connection }) => {
    const found = findConnector(keeper.connectors, connection)
    if (found.outcome === 'refused') return found
    const { client, info } = Context.current()
    const attributes = onlyRegistered(tokenAttributes(found.ref), await keeper.searchAttributes())
    const options = tokenWorkflowStart(found.ref, info.taskQueue, attributes)
    await client.workflow.start('tokenWorkflow', options)
    return { outcome: 'opened' }
  }
}
