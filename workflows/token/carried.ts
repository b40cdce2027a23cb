import { TOKEN_SIGNALS } from '../../src/contract/messages.js'
import { utf8Length } from '../../src/contract/outside-values.js'
import { record, recordRefused } from './life-story.js'
import { expireAuthorizations } from './parts/authorizations.js'
import { withinBudget, withWaiters } from './parts/queue.js'
import { carriedRotations } from './parts/rotations.js'
import { keepLast } from './parts/story.js'
import type { TokenParts } from './token-parts.js'

/**
 * What one run may hand to the next. Temporal takes 2 MiB; a codec needs some of it. The parts have
 * budgets of their own, so that only several that are full at once come near: waiters 512 KiB,
 * rotations 384 KiB, authorizations 192 KiB, the story some 96 KiB, what is said of the connection and
 * who holds a lease 32 KiB, sealed values 128 KiB each.
 */
export const CARRIED_BYTES = 1536 * 1024
const STORY_LEFT = 20
const UNHEARD =
  'more flows asked at once than could be answered: those that heard nothing ask again by themselves'

export function jsonBytes(value: unknown): number {
  return utf8Length(JSON.stringify(value))
}

/**
 * What continue-as-new hands on. A position in this run's history means nothing to the next run. Where all
 * of it is too much, what can be had again is left behind first: waiting flows ask again by
 * themselves, authorizations are begun again, new credentials are sent again, the latest first.
 */
export function toCarried(parts: TokenParts, nowMs: number): TokenParts {
  const { waiters } = parts.queue
  const carried: TokenParts = {
    ...parts,
    rotations: carriedRotations(parts.rotations),
    queue: withWaiters(parts.queue, withinBudget(waiters)),
  }
  for (let at = carried.queue.waiters.length; at < waiters.length; at += 1)
    recordRefused(carried, TOKEN_SIGNALS.lease, UNHEARD, nowMs)
  const isTooMuch = (): boolean => jsonBytes(carried) > CARRIED_BYTES
  if (isTooMuch()) carried.queue = withWaiters(carried.queue, [])
  if (isTooMuch()) carried.authorizations = expireAuthorizations(carried.authorizations)
  while (carried.rotations.length > 1 && isTooMuch()) {
    carried.rotations = carried.rotations.slice(0, -1)
    const cause = 'what this connection has to remember is too much: send the credential again'
    record(carried, { atMs: nowMs, event: 'rotation_refused', code: 'Refused', cause })
  }
  if (isTooMuch()) carried.story = keepLast(carried.story, STORY_LEFT)
  return carried
}
