import { DAY_MS } from '../../src/contract/duration.js'
import type { ComingEnd } from '../../src/contract/token-status.js'
import { record } from './life-story.js'
import { withWarned } from './parts/story.js'
import type { TokenParts } from './token-parts.js'

/** What will stop a connection by itself if nobody does anything. */
export interface Warning {
  readonly code: 'client_secret_ends' | 'grant_ends' | 'grant_unused'
  readonly message: string
  /** From this moment on the warning is shown. */
  readonly fromMs: number
  /** When it comes true. */
  readonly endsAtMs: number
}

/** How long before its end a secret is warned of. */
const SECRET_LEAD_MS = 30 * DAY_MS
/** The last part of a limit in which it is warned of, at most {@link SECRET_LEAD_MS}. */
const LEAD_SHARE = 0.2
/** Unused for so much of the idle limit, the keep-alive has not worked. */
const IDLE_WARNED_SHARE = 0.9

/** The limits that are known of a connection, whether or not they are near. */
function limits(parts: TokenParts): Warning[] {
  const { connection, definition, grant } = parts
  const { facts } = definition
  const { held: token } = parts.token
  const { authorizedAtMs, endsAtMs, endMoves } = grant
  if (facts === undefined || grant.sealed === undefined) return []
  const { absoluteLimitMs, idleLimitMs } = facts.policy
  const found: Warning[] = []
  const secretEnds = facts.clientSecretExpiresAtMs
  if (secretEnds !== undefined)
    found.push({
      code: 'client_secret_ends',
      message: `The client secret of ${connection}'s connector ends on ${day(secretEnds)}: get a new one from the provider and put it where the connector reads it, then move clientSecretExpiresAt.`,
      fromMs: secretEnds - SECRET_LEAD_MS,
      endsAtMs: secretEnds,
    })
  const limit =
    absoluteLimitMs === undefined || authorizedAtMs === undefined
      ? undefined
      : authorizedAtMs + absoluteLimitMs
  const fixedEndMs = endMoves === true ? undefined : endsAtMs
  const ends = Math.min(limit ?? Infinity, fixedEndMs ?? Infinity)
  if (Number.isFinite(ends)) {
    const whole = ends - (authorizedAtMs ?? token?.issuedAtMs ?? ends)
    found.push({
      code: 'grant_ends',
      message: `The authorisation of ${connection} ends on ${day(ends)}, however often it is refreshed: authorise it again before that.`,
      fromMs: ends - Math.min(SECRET_LEAD_MS, whole * LEAD_SHARE),
      endsAtMs: ends,
    })
  }
  // An end that each refresh puts off is a limit of not being used.
  const unusedMs =
    endMoves === true && endsAtMs !== undefined && token !== undefined
      ? endsAtMs - token.issuedAtMs
      : undefined
  const idleMs = Math.min(idleLimitMs ?? Infinity, unusedMs ?? Infinity)
  if (Number.isFinite(idleMs) && token !== undefined)
    found.push({
      code: 'grant_unused',
      message: `The refresh token of ${connection} has not been used since ${day(token.issuedAtMs)} and dies unused on ${day(token.issuedAtMs + idleMs)}: look why refreshing fails.`,
      fromMs: token.issuedAtMs + idleMs * IDLE_WARNED_SHARE,
      endsAtMs: token.issuedAtMs + idleMs,
    })
  return found
}

/** The warnings that are due now. */
export function warningsOf(parts: TokenParts, nowMs: number): readonly Warning[] {
  return limits(parts).filter((warning) => nowMs >= warning.fromMs)
}

/**
 * What ends within 30 days, whether or not it is warned of yet. An end that one answer alone has told may be
 * put off by the next refresh, so it counts from where it is warned of.
 */
export function comingEnds(parts: TokenParts, nowMs: number): readonly ComingEnd[] | undefined {
  const isSure = parts.grant.endMoves === false || parts.grant.endsAtMs === undefined
  const coming = limits(parts).filter(({ code, fromMs, endsAtMs }) =>
    code === 'client_secret_ends' || (code === 'grant_ends' && isSure)
      ? endsAtMs - nowMs <= SECRET_LEAD_MS
      : nowMs >= fromMs,
  )
  const ends = coming.map(({ code, endsAtMs }) => ({ what: code, endsAtMs }))
  return ends.length === 0 ? undefined : ends
}

/** When the next warning begins. */
export function nextWarningAtMs(parts: TokenParts, nowMs: number): number | undefined {
  const coming = limits(parts)
    .map((warning) => warning.fromMs)
    .filter((fromMs) => fromMs > nowMs)
  return coming.length === 0 ? undefined : Math.ceil(Math.min(...coming))
}

/** Records each warning once in the life story. One that no longer holds may come again later. */
export function settleWarnings(parts: TokenParts, nowMs: number): void {
  const current = warningsOf(parts, nowMs)
  const before = parts.story.warned ?? []
  for (const { code, message } of current)
    if (!before.includes(code))
      record(parts, { atMs: nowMs, event: 'warning', cause: message, code })
  if (current.length > 0 || before.length > 0)
    parts.story = withWarned(
      parts.story,
      current.map(({ code }) => code),
    )
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
