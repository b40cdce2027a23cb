import type { TokenActivities } from '../../src/contract/token-activities.js'
import { createDescribe } from './describe.js'
import { createMint } from './mint.js'
import { createPrepare } from './prepare.js'
import type { TokenActivityDeps } from './token-activity-deps.js'
import { createVerify } from './verify.js'

/** The activities of the token workflow; they run where the keys are. */
export function createTokenActivities(deps: TokenActivityDeps): TokenActivities {
  return {
    'tokenkeeper.describe': createDescribe(deps),
    'tokenkeeper.prepare': createPrepare(deps),
    'tokenkeeper.mint': createMint(deps),
    'tokenkeeper.verify': createVerify(deps),
  }
}
