import type { StoryEvent } from '../../src/contract/token-status.js'
import { type LogLevel, STATUS_LEVELS, STORY_LEVELS } from '../../src/contract/log-events.js'
import { move, reasonOf, type TargetOf, type TransitionName } from './parts/health.js'
import { haltRefresh } from './parts/refresh.js'
import { addEvent, addRefused } from './parts/story.js'
import type { TokenParts } from './token-parts.js'
import type { TokenDisplay } from './token-world.js'

/** Adds an event to the life story. */
export function record(parts: Pick<TokenParts, 'story'>, event: StoryEvent): void {
  parts.story = addEvent(parts.story, event)
}

/** Tells of a message that was refused: once, however often the same one comes. */
export function recordRefused(
  parts: TokenParts,
  name: string,
  reason: string,
  nowMs: number,
): void {
  parts.story = addRefused(parts.story, name, reason, nowMs)
}

/** Somebody asked Temporal to cancel the workflow: it goes on, for the credential would be lost. */
export function recordCancellation(parts: TokenParts, nowMs: number): void {
  record(parts, {
    atMs: nowMs,
    event: 'cancellation_ignored',
    cause:
      'cancelling changes nothing, for the credential would be lost: to end the connection, revoke it (npx tokenkeeper revoke, or the signal tokenkeeper.revoke)',
    generation: parts.token.generation,
  })
}

/** Moves to another health and records that; the same health again is no event. */
export function changeHealth<By extends TransitionName>(
  parts: TokenParts,
  by: By,
  to: TargetOf<By>,
  nowMs: number,
  { cause, code }: { readonly cause?: string | undefined; readonly code?: string | undefined } = {},
): void {
  const before = parts.health
  parts.health = move(before, by, to, nowMs)
  if (parts.health === before) return
  const reason = reasonOf(parts.health)
  const label = reason === undefined ? to.kind : `${to.kind}: ${reason}`
  record(parts, {
    atMs: nowMs,
    event: 'status',
    cause: cause === undefined ? label : `${label} (${cause})`,
    generation: parts.token.generation,
    code,
  })
}

/** `needs_reauth: rolled_back`: this run comes from a reset, or another run went further. */
export function rollBack(parts: TokenParts, nowMs: number, cause: string): void {
  if (reasonOf(parts.health) === 'rolled_back') return
  const { generation } = parts.token
  record(parts, { atMs: nowMs, event: 'rolled_back', cause, generation })
  changeHealth(parts, 'rolled back', { kind: 'needs_reauth', reason: 'rolled_back' }, nowMs)
  parts.refresh = haltRefresh(parts.refresh)
}

/** The level of an event in the log: what a person has to do something about is an error. */
export function levelOf({ event, cause = '' }: StoryEvent): LogLevel {
  const status = event === 'status' ? (/^\w+/.exec(cause)?.[0] ?? '') : ''
  return (
    Object.entries<LogLevel>(STATUS_LEVELS).find(([one]) => one === status)?.[1] ??
    STORY_LEVELS[event]
  )
}

/**
 * Writes each event of the life story into the worker's log, once: its message is the event's name, with
 * why. Nothing secret stands in a story. Not written again when a history is replayed.
 */
export class StoryLog {
  readonly #written = new WeakSet<StoryEvent>()
  readonly #display: Pick<TokenDisplay, 'log'>

  /** @param carried of the run before, which has written them */
  constructor(carried: readonly StoryEvent[], display: Pick<TokenDisplay, 'log'>) {
    this.#display = display
    for (const event of carried) this.#written.add(event)
  }

  write(connection: string, story: readonly StoryEvent[]): void {
    for (const event of story) {
      if (this.#written.has(event)) continue
      this.#written.add(event)
      // The same refused message again is counted, but writes no line.
      if (event.times !== undefined) continue
      const { atMs: _now, ...what } = event
      const why = event.cause === undefined ? '' : ` (${event.cause})`
      this.#display.log(levelOf(event), `tokenkeeper: ${connection} ${event.event}${why}`, {
        connection,
        ...what,
      })
    }
  }
}
