import { cutText } from '../../src/contract/outside-values.js'
import type { StoryEvent } from '../../src/contract/token-status.js'
import { move, reasonOf, type TargetOf, type TransitionName } from './parts/health.js'
import type { TokenSnapshot } from './token-snapshot.js'

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
export function changeHealth<By extends TransitionName>(
  snapshot: TokenSnapshot,
  by: By,
  to: TargetOf<By>,
  nowMs: number,
  { cause, code }: { readonly cause?: string | undefined; readonly code?: string | undefined } = {},
): void {
  const before = snapshot.health
  snapshot.health = move(before, by, to, nowMs)
  if (snapshot.health === before) return
  const reason = reasonOf(snapshot.health)
  const label = reason === undefined ? to.kind : `${to.kind}: ${reason}`
  tell(snapshot, {
    atMs: nowMs,
    event: 'status',
    cause: cause === undefined ? label : `${label} (${cause})`,
    generation: snapshot.generation,
    ...(code === undefined ? {} : { code }),
  })
}

/** `needs_reauth: rolled_back`: this run comes from a reset, or another run went further. */
export function rollBack(snapshot: TokenSnapshot, nowMs: number, cause: string): void {
  if (reasonOf(snapshot.health) === 'rolled_back') return
  tell(snapshot, { atMs: nowMs, event: 'rolled_back', cause, generation: snapshot.generation })
  changeHealth(snapshot, 'rolled back', { kind: 'needs_reauth', reason: 'rolled_back' }, nowMs)
  delete snapshot.forced
  delete snapshot.retryAtMs
}
