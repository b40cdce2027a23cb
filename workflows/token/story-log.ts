import type { StoryEvent } from '../../src/contract/token-status.js'
import { type LogLevel, STATUS_LEVELS, STORY_LEVELS } from '../../src/contract/log-events.js'
import type { TokenDisplay } from './token-world.js'

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
