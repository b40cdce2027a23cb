import type { Actor } from '../../../src/contract/actor.js'
import type { DetailsChange } from '../../../src/contract/connection-details.js'
import type { AuthorizationSource, CredentialSource } from '../../../src/contract/credential.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import type {
  AccountMark,
  LifetimeNote,
  MintedToken,
} from '../../../src/contract/token-activities.js'
import type { HeldToken } from './token.js'

/** What earlier tries with the same grant leave open: may the provider have consumed it? */
export type Prior = 'clean' | 'tainted' | 'ambiguous'

/** What a token answer says of its grant beside dates. */
export type Granted = Pick<MintedToken, 'scope' | 'missingScope' | 'warnings'>

/** A credential that an operator gave and that is not current yet. */
export interface Rotation {
  readonly id: string
  readonly as: 'connect' | 'rotate'
  readonly source: CredentialSource | AuthorizationSource
  /** Who gave it, as the sender says. */
  readonly by?: Actor | undefined
  /** What is said of the connection once it works. */
  readonly details?: DetailsChange | undefined
  /** Length of the run's history when it was received; absent: by a run before. */
  readonly receivedAt?: number | undefined
  readonly tries: number
  readonly retryAtMs?: number | undefined
  readonly prior: Prior
  /** As of the current grant. */
  readonly openSinceMs?: number | undefined
  readonly grant?: Sealed | undefined
  /** Nothing is sent for it: only a kept answer is read. */
  readonly onlyKept?: true | undefined
  /** A digest of the credential, by which it is recognised. */
  readonly mark?: string | undefined
  readonly minted?:
    | {
        readonly token: HeldToken
        readonly grant: Sealed
        readonly runId: string
        readonly refreshTokenLifetimeMs?: number | undefined
        readonly lifetimeNote?: LifetimeNote | undefined
        readonly granted?: Granted | undefined
        readonly account?: AccountMark | undefined
      }
    | undefined
}

/** A credential as it was given. */
export type GivenRotation = Pick<Rotation, 'source' | 'by' | 'details'>

/** In the order in which they were given. */
export type RotationsPart = readonly Rotation[]

/** How many new credentials may wait for their turn. */
export const MAX_ROTATIONS = 20

/** A wait that the status shows, and that a later credential may cut short. */
export const LONG_DELAY_MS = 10_000

export function addRotation(part: RotationsPart, rotation: Rotation): RotationsPart {
  return [...part, rotation]
}

export function replaceRotation(part: RotationsPart, next: Rotation): RotationsPart {
  return part.map((one) => (one.id === next.id ? next : one))
}

export function removeRotation(part: RotationsPart, { id }: Rotation): RotationsPart {
  return part.filter((one) => one.id !== id)
}

export function hasRotation(part: RotationsPart, { id }: Rotation): boolean {
  return part.some((one) => one.id === id)
}

/** The rotations that were given before this one. */
export function olderRotations(part: RotationsPart, { id }: Rotation): RotationsPart {
  return part.slice(
    0,
    Math.max(
      0,
      part.findIndex((one) => one.id === id),
    ),
  )
}

/** The one that has waited longest for its provider and got nothing yet. */
export function oldestDelayed(part: RotationsPart, nowMs: number): Rotation | undefined {
  return part.find((one) => isDelayed(one, nowMs) && one.minted === undefined)
}

export function isDelayed({ retryAtMs = 0 }: Rotation, nowMs: number): boolean {
  return retryAtMs > nowMs + LONG_DELAY_MS
}

/** A position in one run's history means nothing to the next run. */
export function carriedRotations(part: RotationsPart): RotationsPart {
  return part.map(({ receivedAt: _here, ...rotation }) => rotation)
}
