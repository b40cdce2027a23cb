import type { TokenActivities } from '../../src/contract/token-activities.js'
import { createMetadataCache } from '../../src/auth/metadata-cache.js'
import { createAuthorizationUrl } from './authorization-url.js'
import { createDescribe } from './describe.js'
import { createMint } from './mint.js'
import { ofOwnWorkflow } from './own-workflow.js'
import { createPrepare } from './prepare.js'
import { createRevoke } from './revoke.js'
import type { TokenActivityDeps } from './token-activity-deps.js'
import { createVerify } from './verify.js'

/** The activities of the token workflow; they run where the keys are, and for no other workflow. */
export function createTokenActivities(given: TokenActivityDeps): TokenActivities {
  const deps = { metadata: createMetadataCache(), ...given }
  return ofOwnWorkflow({
    'tokenkeeper.describe': createDescribe(deps),
    'tokenkeeper.prepare': createPrepare(deps),
    'tokenkeeper.mint': createMint(deps),
    'tokenkeeper.verify': createVerify(deps),
    'tokenkeeper.authorization-url': createAuthorizationUrl(deps),
    'tokenkeeper.revoke': createRevoke(deps),
  })
}
