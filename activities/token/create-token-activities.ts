import { Context } from '@temporalio/activity'
import type { Postponed, TokenActivities } from '../../src/contract/token-activities.js'
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
    'tokenkeeper.prepare': withinShare(keeper, createPrepare(keeper)),
    'tokenkeeper.mint': withinShare(keeper, createMint(keeper)),
    'tokenkeeper.verify': withinShare(keeper, createVerify(keeper)),
    'tokenkeeper.authorization-url': createAuthorizationUrl(keeper),
    'tokenkeeper.connect-form': createConnectForm(keeper),
    'tokenkeeper.revoke': withinShare(keeper, createRevoke(keeper)),
    'tokenkeeper.reseal': createReseal(keeper),
    'tokenkeeper.notify': createNotify(keeper),
  })
}

/** What reaches a provider or an upstream: it is postponed where the slots that one connector may have are taken. */
function withinShare<Input extends { readonly connection: string }, Result>(
  keeper: Keeper,
  run: (input: Input) => Promise<Result>,
): (input: Input) => Promise<Result> {
  return async (input) => {
    const connector = parseConnection(input.connection)?.connector ?? ''
    const postponed: Postponed = { outcome: 'postponed' }
    const result = await keeper.tokenShares.within(connector, () => run(input))
    // The proxies of the token workflow know it, and give it to nobody.
    return result ?? (postponed as Result)
  }
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
