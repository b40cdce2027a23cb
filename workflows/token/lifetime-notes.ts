import type { LifetimeNote } from '../../src/contract/token-activities.js'
import type { Moment } from './held-token.js'
import { changeHealth, tell } from './life-story.js'
import { backOffMs } from './refresh-outcomes.js'
import type { Failing, TokenSnapshot } from './token-snapshot.js'

const TOO_SHORT = 'lifetime_too_short'

/**
 * Takes in what is odd about the lifetime of the token that has just become current. It is told once.
 * One of nearly nothing would be a token request a second for ever: its token is served until the
 * upstream refuses it, and the next one is asked for with growing pauses.
 * @param before what failed before this token came
 */
export function noteLifetime(
  snapshot: TokenSnapshot,
  note: LifetimeNote | undefined,
  before: Failing | undefined,
  { nowMs, random }: Pick<Moment, 'nowMs' | 'random'>,
): void {
  const { connection, generation, lifetimeNote } = snapshot
  if (note === undefined) delete snapshot.lifetimeNote
  else snapshot.lifetimeNote = note
  if (note === undefined) return
  const cause = `the token endpoint of ${connection} tells a lifetime ${WORDS[note]}: it is taken as unknown. Look at answer.expiresIn of the connector, or give refresh.defaultLifetimeMs.`
  const code = note === 'too_short' ? TOO_SHORT : 'lifetime_implausible'
  if (lifetimeNote !== note)
    tell(snapshot, { atMs: nowMs, event: 'warning', cause, code, generation })
  if (note !== 'too_short' || snapshot.facts?.refreshes !== true) return
  const again = before?.code === TOO_SHORT ? before : undefined
  const count = (again?.count ?? 0) + 1
  const sinceMs = again?.sinceMs ?? nowMs
  const message = `${cause} The next token is asked for with growing pauses.`
  const failing = { class: 'server_error', code, message, sinceMs, count } as const
  snapshot.failing = { ...failing, sameClass: count, refusals: 0 }
  snapshot.retryAtMs = nowMs + backOffMs(count, random)
  changeHealth(snapshot, 'lifetime too short', { kind: 'degraded' }, nowMs, { code })
}

const WORDS: Readonly<Record<LifetimeNote, string>> = {
  too_short: 'of less than a second',
  implausible: 'that none can be (zero, negative, above a hundred years, or no time at all)',
}
