import { cutText } from '../../../src/contract/outside-values.js'
import type { StoryEvent } from '../../../src/contract/token-status.js'

/** How many events the life story keeps. */
export const STORY_LENGTH = 100
/** How many different refused messages it keeps; each is told once and counted. */
export const REFUSALS_TOLD = 10
const MAX_CAUSE_BYTES = 500

/** What people are told of a connection: its life story, and the warnings that stand in it. */
export interface StoryPart {
  readonly events: readonly StoryEvent[]
  /** Codes of the warnings that have been told. */
  readonly warned?: readonly string[] | undefined
  /** Messages that did not read well; absent: none. */
  readonly refusedMessages?: number | undefined
}

export function startStory(nowMs: number): StoryPart {
  return { events: [{ atMs: nowMs, event: 'started' }] }
}

/**
 * Adds an event. Beyond {@link STORY_LENGTH} the oldest of the events of which there are most is
 * forgotten: what is rare (a rotation, a revocation) is never pushed out by what is frequent.
 */
export function addEvent(part: StoryPart, event: StoryEvent): StoryPart {
  const { cause } = event
  const cut = cause === undefined ? event : { ...event, cause: cutText(cause, MAX_CAUSE_BYTES) }
  let events: readonly StoryEvent[] = [...part.events, cut]
  while (events.length > STORY_LENGTH) events = withoutOne(events)
  return { ...part, events }
}

function withoutOne(events: readonly StoryEvent[]): readonly StoryEvent[] {
  const times = new Map<string, number>()
  for (const { event } of events) times.set(event, (times.get(event) ?? 0) + 1)
  const most = Math.max(...times.values())
  const at = events.findIndex(({ event }) => times.get(event) === most)
  return events.toSpliced(at, 1)
}

/** Time and again is one event: where the last one is of this name, it takes its place. */
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

/** Forgets all events but the last ones. */
export function keepLast(part: StoryPart, count: number): StoryPart {
  return { ...part, events: part.events.slice(-count) }
}
