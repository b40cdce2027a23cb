import { Context } from '@temporalio/activity'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import {
  formatConnection,
  parseConnection,
  tokenWorkflowId,
} from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { Keeper } from '../keeper/keeper.js'
import { createNotify } from '../notices/notify.js'
import { createAuthorizationUrl } from './authorization.js'
import { createConnectForm } from './connect-form.js'
import { createDescribe } from './describe.js'
import { createMint } from './mint.js'
import { createPrepare } from './prepare.js'
import { createReseal } from './reseal.js'
import { createRevoke } from './revoke.js'
import { createVerify } from './verify.js'

/** The activities of the token workflow; they run where the keys are, and for no other workflow. */
export function createTokenActivities(keeper: Keeper): TokenActivities {
  return ofOwnWorkflow({
    'tokenkeeper.describe': createDescribe(keeper),
    'tokenkeeper.prepare': createPrepare(keeper),
    'tokenkeeper.mint': createMint(keeper),
    'tokenkeeper.verify': createVerify(keeper),
    'tokenkeeper.authorization-url': createAuthorizationUrl(keeper),
    'tokenkeeper.connect-form': createConnectForm(keeper),
    'tokenkeeper.revoke': createRevoke(keeper),
    'tokenkeeper.reseal': createReseal(keeper),
    'tokenkeeper.notify': createNotify(keeper),
  })
}

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
