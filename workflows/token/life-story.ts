import type { StoryEvent } from '../../src/contract/token-status.js'
import type { ReauthReason } from '../../src/contract/token-status.js'
import type { Health, TokenSnapshot } from './token-snapshot.js'

/** How many events the life story keeps. */
export const STORY_LENGTH = 100

/** Adds an event; the oldest beyond {@link STORY_LENGTH} are forgotten. */
export function tell(snapshot: TokenSnapshot, event: StoryEvent): void {
  snapshot.story.push(event)
  if (snapshot.story.length > STORY_LENGTH)
    snapshot.story.splice(0, snapshot.story.length - STORY_LENGTH)
}

/** Moves to another health and tells it; the same health again is no event. */
export function changeHealth(
  snapshot: TokenSnapshot,
  health: Health,
  nowMs: number,
  why: { cause?: string; code?: string; reason?: ReauthReason } = {},
): void {
  if (snapshot.health === health && snapshot.reason === why.reason) return
  snapshot.health = health
  snapshot.sinceMs = nowMs
  if (why.reason === undefined) delete snapshot.reason
  else snapshot.reason = why.reason
  const label = why.reason === undefined ? health : `${health}: ${why.reason}`
  tell(snapshot, {
    atMs: nowMs,
    event: 'status',
    cause: why.cause === undefined ? label : `${label} (${why.cause})`,
    generation: snapshot.generation,
    ...(why.code === undefined ? {} : { code: why.code }),
  })
}

/** `needs_reauth: rolled_back`: this run comes from a reset, or another run went further. */
export function rollBack(snapshot: TokenSnapshot, nowMs: number, cause: string): void {
  if (snapshot.reason === 'rolled_back') return
  tell(snapshot, { atMs: nowMs, event: 'rolled_back', cause, generation: snapshot.generation })
  changeHealth(snapshot, 'needs_reauth', nowMs, { reason: 'rolled_back' })
  delete snapshot.forced
  delete snapshot.retryAtMs
}
