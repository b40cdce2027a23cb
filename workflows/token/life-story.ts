import { cutText } from '../../src/contract/outside-values.js'
import type { StoryEvent } from '../../src/contract/token-status.js'
import type { ReauthReason } from '../../src/contract/token-status.js'
import type { Health, TokenSnapshot } from './token-snapshot.js'

/** How many events the life story keeps. */
export const STORY_LENGTH = 100
/** How many different refused messages it keeps; each is told once and counted. */
export const REFUSALS_TOLD = 10
const MAX_CAUSE_BYTES = 500

/**
 * Adds an event. Beyond {@link STORY_LENGTH} the oldest of the events of which there are most is
 * forgotten: what is rare (a rotation, a revocation) is never pushed out by what is frequent.
 */
export function tell(snapshot: TokenSnapshot, event: StoryEvent): void {
  const { cause } = event
  snapshot.story.push(
    cause === undefined ? event : { ...event, cause: cutText(cause, MAX_CAUSE_BYTES) },
  )
  while (snapshot.story.length > STORY_LENGTH) forgetOne(snapshot.story)
}

function forgetOne(story: StoryEvent[]): void {
  const times = new Map<string, number>()
  for (const { event } of story) times.set(event, (times.get(event) ?? 0) + 1)
  const most = Math.max(...times.values())
  story.splice(
    story.findIndex(({ event }) => times.get(event) === most),
    1,
  )
}

/** Tells of a message that was refused: once, however often the same one comes. */
export function tellRefused(
  snapshot: TokenSnapshot,
  name: string,
  reason: string,
  nowMs: number,
): void {
  snapshot.counts.refusedMessages = (snapshot.counts.refusedMessages ?? 0) + 1
  const cause = cutText(`${toPlainName(name)}: ${reason}`, MAX_CAUSE_BYTES)
  const { story } = snapshot
  const refusals = story.filter(({ event }) => event === 'message_refused')
  const known = refusals.find((one) => one.cause === cause)
  if (known !== undefined) {
    const again = { ...known, times: (known.times ?? 1) + 1, lastAtMs: nowMs }
    story[story.indexOf(known)] = again
    return
  }
  const [oldest] = refusals
  if (oldest !== undefined && refusals.length >= REFUSALS_TOLD)
    story.splice(story.indexOf(oldest), 1)
  tell(snapshot, { atMs: nowMs, event: 'message_refused', cause })
}

/** A signal can have any name: nothing of it may read as a link, a heading or a command. */
function toPlainName(name: string): string {
  const plain = /^tokenkeeper\.[a-z-]{1,60}$/.test(name) ? name : name.replace(/[^\w-]/gu, '?')
  return plain.slice(0, 80)
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
