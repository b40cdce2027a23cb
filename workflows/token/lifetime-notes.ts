import type { LifetimeNote } from '../../src/contract/token-activities.js'
import type { Moment } from './refresh-timing.js'
import { changeHealth, record } from './life-story.js'
import { type RefreshFailure, noteFailure } from './parts/refresh.js'
import { withLifetimeNote } from './parts/token.js'
import { backOffMs } from './refresh-outcomes.js'
import type { TokenParts } from './token-parts.js'

const TOO_SHORT = 'lifetime_too_short'

/**
 * Takes in what is odd about the lifetime of the token that has just become current. It is recorded once.
 * One of nearly nothing would be a token request a second for ever: its token is served until the
 * upstream refuses it, and the next one is asked for with growing pauses.
 * @param before what failed before this token came
 */
export function noteLifetime(
  parts: TokenParts,
  note: LifetimeNote | undefined,
  before: RefreshFailure | undefined,
  { nowMs, random }: Pick<Moment, 'nowMs' | 'random'>,
): void {
  const { connection, token } = parts
  parts.token = withLifetimeNote(token, note)
  if (note === undefined) return
  const cause = `the token endpoint of ${connection} tells a lifetime ${NOTE_WORDS[note]}: it is taken as unknown. Look at answer.expiresIn of the connector, or give refresh.defaultLifetimeMs.`
  const code = note === 'too_short' ? TOO_SHORT : 'lifetime_implausible'
  const { generation } = token
  if (token.lifetimeNote !== note)
    record(parts, { atMs: nowMs, event: 'warning', cause, code, generation })
  if (note !== 'too_short' || parts.definition.facts?.refreshes !== true) return
  const again = before?.code === TOO_SHORT ? before : undefined
  const count = (again?.count ?? 0) + 1
  const lastFailure: RefreshFailure = {
    class: 'server_error',
    code,
    message: `${cause} The next token is asked for with growing pauses.`,
    sinceMs: again?.sinceMs ?? nowMs,
    count,
    sameClass: count,
    refusals: 0,
  }
  parts.refresh = noteFailure(parts.refresh, lastFailure, nowMs + backOffMs(count, random))
  changeHealth(parts, 'lifetime too short', { kind: 'degraded' }, nowMs, { code })
}

const NOTE_WORDS: Readonly<Record<LifetimeNote, string>> = {
  too_short: 'of less than a second',
  implausible: 'that none can be (zero, negative, above a hundred years, or no time at all)',
}
