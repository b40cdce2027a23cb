import type { ConnectionChange } from '../../../src/contract/notice-activities.js'
import type { TokenStatus } from '../../../src/contract/token-status.js'

/** The notices about a connection: what was sent last, and what is still to be sent. */
export interface NoticesPart {
  /** The state that was reported last, or the one when notices were turned on. */
  readonly state: TokenStatus
  /** Codes of the warnings that were reported. */
  readonly warned: readonly string[]
  /** Names the next one. */
  readonly next: number
  /** Not handed on yet, oldest first. */
  readonly pending: readonly ConnectionChange[]
}

/** So many are kept while nobody takes them: what counts is the last one. */
const MOST_CHANGES = 5

/** Notices are turned on: a trouble that is there already is reported as if it had just come. */
export function startNotices(state: TokenStatus): NoticesPart {
  const isQuiet = state === 'pending' || state === 'revoked'
  return { state: isQuiet ? state : 'active', warned: [], next: 1, pending: [] }
}

export function addChange(
  part: NoticesPart,
  change: Omit<ConnectionChange, 'id'>,
  run: string,
): NoticesPart {
  const id = `${change.status.connection}:${run}:${part.next}`
  const pending = [...part.pending, { id, ...change }].slice(-MOST_CHANGES)
  return { ...part, next: part.next + 1, pending }
}

export function withTold(part: NoticesPart, state: TokenStatus): NoticesPart {
  return { ...part, state }
}

export function withWarnings(part: NoticesPart, warned: readonly string[]): NoticesPart {
  return { ...part, warned }
}

/** These were handed on. */
export function withoutChanges(part: NoticesPart, ids: ReadonlySet<string>): NoticesPart {
  return { ...part, pending: part.pending.filter(({ id }) => !ids.has(id)) }
}
