import type { AuthorizationsPart } from './parts/authorizations.js'
import type { ConnectLinksPart } from './parts/connect-links.js'
import { type DefinitionPart, startDefinition } from './parts/definition.js'
import { type DetailsPart, startDetails } from './parts/details.js'
import { type GrantPart, startGrant } from './parts/grant.js'
import { type Health, startHealth } from './parts/health.js'
import type { NoticesPart } from './parts/notices.js'
import { type QueuePart, startQueue } from './parts/queue.js'
import { type RefreshPart, startRefresh } from './parts/refresh.js'
import { type RevocationPart, startRevocation } from './parts/revocation.js'
import type { RotationsPart } from './parts/rotations.js'
import { startStory, type StoryPart } from './parts/story.js'
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
    queue: startQueue(nowMs),
    rotations: [],
    authorizations: [],
    revocation: startRevocation(),
    story: startStory(nowMs),
  }
}

/** The version of the form in which a run hands its state to the next one. */
const VERSION = 1

/** The state of a token workflow as plain JSON: what continue-as-new carries. */
export interface TokenSnapshot extends Readonly<TokenParts> {
  readonly version: typeof VERSION
}

export interface TokenWorkflowInput {
  /** `shopify/acme` */
  readonly connection: string
  /** What the run before carries over; nobody else gives it. */
  readonly snapshot?: TokenSnapshot | undefined
  /** The run that recorded the last result of the runs before. */
  readonly carriedRunId?: string | undefined
  /** Continues as new after so many signals; the server refuses more than 10,000 a run. Default 2,000. */
  readonly signalsPerRun?: number | undefined
}

export function toSnapshot(parts: TokenParts): TokenSnapshot {
  return { version: VERSION, ...parts }
}

/**
 * The only reader of a snapshot; undefined: it is of a form that this worker does not know. A form that
 * changes gets another version, and what the older one said is put into the parts here.
 */
export function readSnapshot({ version, ...parts }: TokenSnapshot): TokenParts | undefined {
  return (version as number | undefined) === VERSION ? { ...parts } : undefined
}
