import type { VerifyResult } from '../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import {
  asksVerify,
  type Check,
  type Doubt,
  inARowNoMore,
  MAX_VERIFY_FAILS,
  DOUBT_QUIET_MS,
  WITNESS_MS,
} from './parts/doubt.js'
import { changeHealth } from './life-story.js'
import { backOffMs } from './refresh-outcomes.js'
import { refuseToken, serveAgain, withDoubt } from './parts/token.js'
import type { TokenParts } from './token-parts.js'

const VERIFY_REFUSALS = 3
const ANSWERS_STATIC = 3
const ANSWERS_REFRESHING = 6
const FIRST_PAUSE_MS = 1000
/** The longest back-off there is. */
const LONGEST_PAUSE_MS = 300_000
/** Before a new token is looked at again: short-lived ones are still good then. */
const SECOND_CHECK_MS = 10_000

function isVerdict(facts: ConnectorFacts, doubt: Doubt): boolean {
  if (doubt.refusedByVerify >= VERIFY_REFUSALS) return true
  if (asksVerify(facts, doubt)) return false
  return facts.refreshes
    ? doubt.answers >= ANSWERS_REFRESHING
    : doubt.answers >= ANSWERS_STATIC && doubt.witnesses.length > 1
}

/**
 * Plans the next look, after a pause that grows.
 * @param times how often the same request was refused
 * @param atLeastMs what the verify endpoint asks to wait
 */
export function lookAgain(
  parts: TokenParts,
  doubt: Doubt,
  nowMs: number,
  times: number,
  atLeastMs = 0,
): void {
  const { facts } = parts.definition
  if (facts === undefined) return
  const first = facts.refreshes && doubt.answers === 1 && times < 2
  const check = first ? 'refresh' : nextCheck(facts, doubt)
  const isSecond = facts.refreshes && check !== 'refresh'
  const pause = Math.min(pauseMs(doubt, check), isSecond ? SECOND_CHECK_MS : LONGEST_PAUSE_MS)
  const atMs = nowMs + Math.max(pause, atLeastMs)
  const verdict = isVerdict(facts, doubt)
  // A token that others may use goes on being served; one that its verify endpoint refused does not.
  const holdsAll = facts.refreshes
    ? check !== 'verify' || doubt.refusedByVerify > 0
    : doubt.refusedByVerify > 0 || verdict
  const next = { ...doubt, rounds: doubt.rounds + 1, next: { check, atMs }, holdsAll }
  parts.token = withDoubt(holdsAll ? refuseToken(parts.token) : parts.token, next)
  const cause = `HTTP ${doubt.status} to ${doubt.endpoint}`
  const why = { cause, code: 'FreshTokenRejected' }
  if (verdict) changeHealth(parts, 'refused for good', { kind: 'rejected' }, nowMs, why)
  else if (holdsAll && !first)
    changeHealth(parts, 'refused again', { kind: 'degraded' }, nowMs, why)
}

/** Each token is looked at twice, with a pause between: an API whose cache lags refuses every new one at first. */
function nextCheck(facts: ConnectorFacts, doubt: Doubt): Check {
  if (facts.refreshes && doubt.refusedLooks > 1) return 'refresh'
  return asksVerify(facts, doubt) ? 'verify' : 'release'
}

function pauseMs({ rounds }: Doubt, check: Check): number {
  if (rounds === 0) return check === 'release' ? FIRST_PAUSE_MS : 0
  return backOffMs(rounds, 1)
}

/** Takes in what the verify endpoint said of the current generation. */
export function applyVerification(
  parts: TokenParts,
  { outcome, again, retryAfterMs = 0 }: Pick<VerifyResult, 'outcome' | 'again' | 'retryAfterMs'>,
  nowMs: number,
): void {
  const { facts } = parts.definition
  const { doubt, generation } = parts.token
  if (doubt?.next?.check !== 'verify' || facts === undefined) return
  switch (outcome) {
    case 'accepted':
      release(
        parts,
        {
          ...inARowNoMore(doubt),
          // Up to two answers are kept, so that the next refusal does not count as the first one.
          answers: Math.min(doubt.answers, 2),
          verifyFails: 0,
          accepted: doubt.generation === generation,
        },
        nowMs,
        'accepted again',
      )
      return
    case 'refused': {
      const { answers, refusedByVerify } = doubt
      const refusedLooks = doubt.generation === generation ? doubt.refusedLooks + 1 : 1
      const counted = { answers: answers + 1, refusedByVerify: refusedByVerify + 1, refusedLooks }
      const refused = { ...doubt, ...counted, accepted: false, verifyFails: 0, lastMs: nowMs }
      lookAgain(parts, { ...refused, generation }, nowMs, 2)
      return
    }
    case 'unknown': {
      // Flows don't wait for as long as the verify endpoint likes: the upstream itself is asked again.
      const isInVain = again === false || retryAfterMs > LONGEST_PAUSE_MS
      const verifyFails = isInVain ? MAX_VERIFY_FAILS : doubt.verifyFails + 1
      const unanswered = { ...doubt, verifyFails }
      if (verifyFails < MAX_VERIFY_FAILS) lookAgain(parts, unanswered, nowMs, 2, retryAfterMs)
      else release(parts, unanswered, nowMs)
    }
  }
}

/** A new token came of a refusal: looked at first where that is possible, and flows go on with it. */
export function afterRefresh(parts: TokenParts, nowMs: number): void {
  const { facts } = parts.definition
  const { doubt } = parts.token
  changeHealthAfterRefresh(parts, nowMs)
  // Nobody refused the released token before until its time had come, so refusals are no longer in a row.
  if (doubt !== undefined && doubt.next === undefined)
    parts.token = withDoubt(parts.token, inARowNoMore(doubt))
  if (doubt?.next?.check !== 'refresh' || facts === undefined) return
  const isSuspect = doubt.answers > 1 && asksVerify(facts, doubt)
  if (isSuspect)
    parts.token = withDoubt(parts.token, {
      ...doubt,
      next: { check: 'verify', atMs: nowMs },
      holdsAll: true,
    })
  else release(parts, doubt, nowMs)
}

/** How a connection is while a token that came of a refusal has not been looked at. */
function changeHealthAfterRefresh(parts: TokenParts, nowMs: number): void {
  const { health } = parts
  const { facts } = parts.definition
  const { doubt } = parts.token
  if (doubt?.next?.check !== 'refresh' || facts === undefined || doubt.answers < 2)
    changeHealth(parts, 'refreshed', { kind: 'active' }, nowMs)
  else if (health.kind !== 'rejected' || !asksVerify(facts, doubt))
    changeHealth(parts, 'refreshed in doubt', { kind: 'degraded' }, nowMs)
}

function release(
  parts: TokenParts,
  { next: _done, ...doubt }: Doubt,
  nowMs: number,
  by: 'accepted again' | 'released' = 'released',
): void {
  const released = { ...doubt, holdsAll: false, releasedAtMs: nowMs }
  parts.token = serveAgain(withDoubt(parts.token, released))
  if (parts.refresh.lastFailure !== undefined) return
  if (by === 'released' && doubt.answers > 1 && parts.health.kind !== 'active')
    changeHealth(parts, by, { kind: 'degraded' }, nowMs)
  else changeHealth(parts, by, { kind: 'active' }, nowMs)
}

/** Takes the looks that need nobody else, and ends a doubt that nobody renews. */
export function settleDoubt(parts: TokenParts, nowMs: number): void {
  const { doubt } = parts.token
  if (doubt === undefined) return
  const { next } = doubt
  if (next !== undefined) {
    if (next.check === 'release' && nowMs >= next.atMs) release(parts, doubt, nowMs)
    return
  }
  if (nowMs < (doubt.releasedAtMs ?? doubt.lastMs) + DOUBT_QUIET_MS) return
  if (parts.refresh.lastFailure === undefined)
    changeHealth(parts, 'refused no more', { kind: 'active' }, nowMs)
  if (nowMs >= doubt.lastMs + WITNESS_MS || parts.definition.facts?.refreshes === true)
    parts.token = withDoubt(parts.token, undefined)
}

/** When {@link settleDoubt} or the verify endpoint has something to do, as far as time alone decides it. */
export function doubtMoment({ token: { doubt }, health }: TokenParts): number | undefined {
  if (doubt === undefined) return undefined
  if (doubt.next !== undefined) return doubt.next.check === 'refresh' ? undefined : doubt.next.atMs
  return health.kind === 'degraded'
    ? (doubt.releasedAtMs ?? doubt.lastMs) + DOUBT_QUIET_MS
    : undefined
}

/** Whether a request has to wait for a look. `isRefused`: it comes from who was refused with this generation. */
export function isHeld({ token: { doubt } }: TokenParts, isRefused: boolean): boolean {
  return doubt?.next !== undefined && (doubt.holdsAll || isRefused)
}
