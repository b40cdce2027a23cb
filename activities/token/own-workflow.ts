import { Context } from '@temporalio/activity'
import {
  formatConnection,
  parseConnection,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'

const TYPE = 'tokenWorkflow'

/**
 * The activities, each refusing every caller but the token workflow of the connection that it is asked
 * for: whoever runs a flow can copy a sealed grant out of a history and schedule activities on the
 * keeper's task queue. Who asks is what the Temporal server says, not what the caller says.
 * @throws ApplicationFailure `InvalidInput` before anything is opened
 */
export function ofOwnWorkflow(activities: TokenActivities): TokenActivities {
  const checked = Object.entries(activities).map(([name, run]) => {
    const work = run as (input: { readonly connection: string }) => Promise<unknown>
    return [
      name,
      async (input: { readonly connection: string }) => {
        checkCaller(name, input.connection)
        return await work(input)
      },
    ]
  })
  return Object.fromEntries(checked) as TokenActivities
}

function checkCaller(activity: string, connection: unknown): void {
  const ref = parseConnection(connection)
  // A name that is none: the activity says so, and finds nothing to open.
  if (ref === undefined) return
  const { workflowExecution, workflowType } = Context.current().info
  const id = tokenWorkflowId(ref)
  if (workflowType === TYPE && workflowExecution?.workflowId === id) return
  const name = formatConnection(ref)
  throw createFailure(
    'InvalidInput',
    `${name}: ${activity} works for the token workflow ${id} only, and another workflow asked for it. Nothing was opened or sent. Flows use a connection with call, sync or authorizedFetch.`,
    { connection: name },
  )
}
