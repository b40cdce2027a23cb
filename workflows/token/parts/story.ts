import { cutText } from '../../../src/contract/outside-values.js'
import type { StoryEvent, StoryEventName } from '../../../src/contract/token-status.js'

/** How many events that matter the life story keeps, and how many of the daily round. */
export const STORY_LENGTH = 80
export const ROUTINE_LENGTH = 40
/** How many different refused messages it keeps; each stands there once, with a count. */
export const REFUSALS_TOLD = 10
const MAX_CAUSE_BYTES = 500

/**
 * What comes by the hour, or from whoever may send a message: the daily round. It has room of its own, so
 * that it never pushes out what matters (a rotation, a revocation, a refresh that failed).
 */
const ROUTINE: ReadonlySet<StoryEventName> = new Set([
  'refreshed',
  'rejected',
  'message_refused',
  'credential_unchanged',
  'cancellation_ignored',
  'authorization_begun',
])

/** What people see of a connection: its life story, and the warnings in it. */
export interface StoryPart {
  readonly events: readonly StoryEvent[]
  /** Codes of the warnings that are recorded already. */
  readonly warned?: readonly string[] | undefined
  /** Messages that did not read well; absent: none. */
  readonly refusedMessages?: number | undefined
}

export function startStory(nowMs: number): StoryPart {
  return { events: [{ atMs: nowMs, event: 'started' }] }
}

/**
 * Adds an event. Where there are too many that matter, or too many of the daily round, the oldest of those
 * of them of which there are most is forgotten: what is rare is not pushed out by what is frequent.
 */
export function addEvent(part: StoryPart, event: StoryEvent): StoryPart {
  const cause = event.cause === undefined ? undefined : cutText(event.cause, MAX_CAUSE_BYTES)
  const routine = ROUTINE.has(event.event) ? true : undefined
  return { ...part, events: withoutExcess([...part.events, { ...event, cause, routine }], routine) }
}

function withoutExcess(
  events: readonly StoryEvent[],
  routine: true | undefined,
): readonly StoryEvent[] {
  const times = new Map<string, number>()
  const sameClass = events.filter((one) => one.routine === routine)
  if (sameClass.length <= (routine === true ? ROUTINE_LENGTH : STORY_LENGTH)) return events
  for (const { event } of sameClass) times.set(event, (times.get(event) ?? 0) + 1)
  const most = Math.max(...times.values())
  const oldest = sameClass.find(({ event }) => times.get(event) === most)
  return events.filter((one) => one !== oldest)
}

/** Repetitions are one event: where the last event has this name, the new one replaces it. */
export function addEventOnce(part: StoryPart, event: StoryEvent): StoryPart {
  const isSame = part.events.at(-1)?.event === event.event
  return addEvent(isSame ? { ...part, events: part.events.slice(0, -1) } : part, event)
}

/** Tells of a message that was refused: once, however often the same one comes. */
export function addRefused(
  part: StoryPart,
  name: string,
  reason: string,
  nowMs: number,
): StoryPart {
  const { events } = part
  const counted = { ...part, refusedMessages: (part.refusedMessages ?? 0) + 1 }
  const cause = cutText(`${toPlainName(name)}: ${reason}`, MAX_CAUSE_BYTES)
  const refusals = events.filter(({ event }) => event === 'message_refused')
  const known = refusals.find((one) => one.cause === cause)
  if (known !== undefined) {
    const again = { ...known, times: (known.times ?? 1) + 1, lastAtMs: nowMs }
    return { ...counted, events: events.map((one) => (one === known ? again : one)) }
  }
  const [oldest] = refusals
  const left = refusals.length >= REFUSALS_TOLD ? events.filter((one) => one !== oldest) : events
  return addEvent({ ...counted, events: left }, { atMs: nowMs, event: 'message_refused', cause })
}

/** A signal can have any name: nothing of it may read as a link, a heading or a command. */
function toPlainName(name: string): string {
  const plain = /^tokenkeeper\.[a-z-]{1,60}$/.test(name) ? name : name.replace(/[^\w-]/gu, '?')
  return plain.slice(0, 80)
}

/** Which warnings stand in the story; undefined: none ever did. */
export function withWarned(part: StoryPart, warned: readonly string[] | undefined): StoryPart {
  return { ...part, warned }
}

/** Forgets all events but the last ones that matter. */
export function keepLast(part: StoryPart, count: number): StoryPart {
  return { ...part, events: part.events.filter((one) => one.routine !== true).slice(-count) }
}
