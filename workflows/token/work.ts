import type { UpstreamRevocation } from './parts/revocation.js'
import type { Rotation } from './parts/rotations.js'

/** The one thing to do next outside the workflow. */
export type Work =
  | { readonly kind: 'describe' }
  | { readonly kind: 'revoke' | 'revoke-leftover'; readonly revocation: UpstreamRevocation }
  | { readonly kind: 'prepare'; readonly rotation: Rotation }
  | { readonly kind: 'mint-rotation'; readonly rotation: Rotation }
  | { readonly kind: 'verify-rotation'; readonly rotation: Rotation }
  | { readonly kind: 'verify-current' }
  | { readonly kind: 'mint'; readonly cause: string }

/** Work that is due now, or the moment at which some will be. */
export interface Due {
  readonly now?: Work | undefined
  readonly atMs?: number | undefined
  /** What the moment is for: the summary of the timer in the Web UI. */
  readonly summary?: string | undefined
}

/** What is due first of two; what is due now comes before any moment. */
export function earlier(one: Due, other: Due): Due {
  if (one.now !== undefined || (other.now === undefined && other.atMs === undefined)) return one
  if (other.now !== undefined || one.atMs === undefined) return other
  return other.atMs !== undefined && other.atMs < one.atMs ? other : one
}
