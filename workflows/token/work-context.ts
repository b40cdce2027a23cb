import type { Rotation } from './parts/rotations.js'
import type { RotationEnd } from './rotation-list.js'
import type { TokenParts } from './token-parts.js'
import type { TokenWorld } from './token-world.js'

export interface WorkContext {
  readonly world: TokenWorld
  readonly parts: TokenParts
  /** The run that recorded the last token request or credential; undefined right after the start of a run. */
  readonly knownRunId: { current: string | undefined }
  /** What it was at the end of the run before. */
  readonly carriedRunId: string | undefined
  readonly onRotationEnd: (rotation: Rotation, end: RotationEnd) => void
}
