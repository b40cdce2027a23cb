import { type AuthorizationsPart } from './parts/authorizations.js'
import type { ConnectLinksPart } from './parts/connect-links.js'
import { type DefinitionPart, startDefinition } from './parts/definition.js'
import { type DetailsPart, startDetails } from './parts/details.js'
import { type GrantPart, startGrant } from './parts/grant.js'
import { type Health, startHealth } from './parts/health.js'
import { type NoticesPart } from './parts/notices.js'
import { type QueuePart, startQueue } from './parts/queue.js'
import { type RefreshPart, startRefresh } from './parts/refresh.js'
import { type RevocationPart, startRevocation } from './parts/revocation.js'
import { type RotationsPart } from './parts/rotations.js'
import { type StoryPart, startStory } from './parts/story.js'
import { startToken, type TokenPart } from './parts/token.js'

/**
 * The state of a token workflow. Each part is plain JSON and is changed by the functions of its own file
 * only, which return another part; what comes of a message or an answer puts them in the place of the old
 * ones.
 */
export interface TokenParts {
  readonly connection: string
  /** Tells this token workflow from another one of the same id: continue-as-new and reset keep it. */
  firstExecutionRunId?: string | undefined
  details: DetailsPart
  /** It was removed: the workflow ends once nothing is left to be done. */
  removing?: true | undefined
  health: Health
  definition: DefinitionPart
  token: TokenPart
  grant: GrantPart
  refresh: RefreshPart
  queue: QueuePart
  rotations: RotationsPart
  authorizations: AuthorizationsPart
  /** Connect links that were used; absent: none. */
  connectLinks?: ConnectLinksPart | undefined
  revocation: RevocationPart
  story: StoryPart
  /** Absent where the keeper has no destination for notices. */
  notices?: NoticesPart | undefined
}

export function startParts(connection: string, nowMs: number): TokenParts {
  return {
    connection,
    details: startDetails(),
    health: startHealth(nowMs),
    definition: startDefinition(),
    token: startToken(),
    grant: startGrant(),
    refresh: startRefresh(),
    queue: startQueue(),
    rotations: [],
    authorizations: [],
    revocation: startRevocation(),
    story: startStory(nowMs),
  }
}
