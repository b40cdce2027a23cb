import type { TokenActivities } from '../../src/contract/token-activities.js'
import type { Keeper } from '../keeper.js'
import { createAuthorizationUrl } from './authorization-url.js'
import { createConnectForm } from './connect-form.js'
import { createDescribe } from './describe.js'
import { createMint } from './mint.js'
import { ofOwnWorkflow } from './own-workflow.js'
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
  })
}
