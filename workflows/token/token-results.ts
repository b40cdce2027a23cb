import type { DescribeResult, FailedMint, MintResult } from '../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { afterRefresh } from './doubt-looks.js'
import { type Moment, toHeldToken } from './refresh-timing.js'
import { keepAnswer, keepUnread, readKept } from './kept-answers.js'
import { noteLifetime } from './lifetime-notes.js'
import { changeHealth, rollBack, record } from './life-story.js'
import { describeAgain, describedAs } from './parts/definition.js'
import { noteRotated } from './parts/given-credentials.js'
import {
  adoptGrant,
  leaveOpen,
  noteFailedTry,
  noteGrantEnd,
  renewGranted,
  renewMark,
} from './parts/grant.js'
import { type Verdict, verdictOf, withVerdict } from './parts/health.js'
import { forgetKept } from './parts/kept-answers.js'
import {
  countRequest,
  endBackOff,
  forceRefresh,
  noteFailure,
  noteSuccess,
  noteTokenRequest,
  noteTry,
} from './parts/refresh.js'
import { forgetOutcome } from './parts/revocation.js'
import { type HeldToken, holdToken, isRefused, refuseToken, withDoubt } from './parts/token.js'
import { decideOutcome, isRefusal, type RefreshOutcome } from './refresh-outcomes.js'
import { servedUntilMs } from './request-table.js'
import type { TokenParts } from './token-parts.js'
import { dropUnanswerable } from './waiters.js'

export function applyDescription(parts: TokenParts, result: DescribeResult, nowMs: number): void {
  const { facts: before } = parts.definition
  parts.definition = describedAs(parts.definition, result)
  dropUnanswerable(parts, nowMs)
  if (result.outcome === 'unknown') return
  if (before === undefined || before.fingerprint === result.facts.fingerprint) return
  record(parts, { atMs: nowMs, event: 'definition', cause: 'changed' })
  adoptDefinition(parts, before, result.facts)
}

/** A changed definition wakes a connection that the old one broke; a working one goes on with its token. */
function adoptDefinition(parts: TokenParts, before: ConnectorFacts, after: ConnectorFacts): void {
  readKept(parts)
  const isOtherKind = before.kind !== after.kind
  if (!mayBeMended(parts) && !isOtherKind) return
  if (parts.grant.sealed === undefined || parts.health.kind === 'needs_reauth') return
  // A token of another kind is of no use under this definition, however long it lives.
  if (isOtherKind && parts.token.held !== undefined) parts.token = refuseToken(parts.token)
  parts.refresh = endBackOff(forceRefresh(parts.refresh, 'definition changed'))
  parts.token = withDoubt(parts.token, undefined)
  // It was passed under the old definition.
  parts.health = withVerdict(parts.health, undefined)
}

/** Whether another definition, or another secret in it, could make what fails work. */
function mayBeMended({ health, refresh: { lastFailure } }: TokenParts): boolean {
  if (health.kind === 'misconfigured' || health.kind === 'rejected') return true
  // A wait that the provider demanded holds whoever asks, and a repeated request could end the grant.
  return (
    lastFailure !== undefined &&
    lastFailure.class !== 'throttled' &&
    lastFailure.class !== 'ambiguous'
  )
}

/** Makes a token the current one, one generation up. */
export function adoptToken(parts: TokenParts, held: HeldToken, grant: Sealed, nowMs: number): void {
  parts.token = holdToken(parts.token, held)
  parts.grant = adoptGrant(parts.grant, grant)
  parts.refresh = noteSuccess(parts.refresh, nowMs)
  parts.health = withVerdict(parts.health, undefined)
  parts.revocation = forgetOutcome(parts.revocation)
}

/** Counts a token request, where there is something that it counts for. */
export function countTokenRequest(
  parts: TokenParts,
  { refreshes, policy }: ConnectorFacts,
  result: Exclude<MintResult, { outcome: 'rolled_back' }>,
  nowMs: number,
): void {
  if (refreshes) parts.refresh = countRequest(parts.refresh)
  const isUnsent = result.outcome === 'failed' && result.class === 'not_sent'
  if (!isUnsent) parts.refresh = noteTokenRequest(parts.refresh, policy.mintLimit, nowMs)
}

/** Takes in what a token request came to: the current grant's, not a new credential's. */
export function applyMint(
  parts: TokenParts,
  result: MintResult,
  cause: string,
  moment: Moment,
): void {
  const { nowMs } = moment
  const { facts } = parts.definition
  parts.refresh = noteTry(parts.refresh)
  if (facts === undefined) return
  if (result.outcome === 'rolled_back') {
    rollBack(parts, nowMs, 'this run comes from a reset')
    return
  }
  countTokenRequest(parts, facts, result, nowMs)
  // It used another definition than the one described.
  if (facts.fingerprint !== result.definition) parts.definition = describeAgain(parts.definition)
  if (result.outcome === 'failed') {
    if (keepUnread(parts, result, cause, nowMs)) return
    applyMintFailure(parts, facts, result, moment)
    return
  }
  const { lastFailure } = parts.refresh
  const { openSinceMs } = parts.grant
  const previousLifetimeMs = parts.token.held?.lifetimeMs
  const held = toHeldToken(result, facts, moment, { previousLifetimeMs, openSinceMs })
  parts.grant = forgetKept(parts.grant)
  adoptToken(parts, held, result.grant, nowMs)
  afterRefresh(parts, nowMs)
  keepAnswer(parts, result, { grant: result.grant }, nowMs)
  noteLifetime(parts, result.lifetimeNote, lastFailure, moment)
  const grant = noteGrantEnd(noteRotated(parts.grant, result), result, held.issuedAtMs)
  parts.grant = renewMark(renewGranted(grant, result), result.account)
  record(parts, {
    atMs: nowMs,
    event: result.ageMs === undefined ? 'refreshed' : 'answer_read',
    cause,
    generation: parts.token.generation,
    nextDueMs: held.softAtMs,
  })
}

function applyMintFailure(
  parts: TokenParts,
  facts: ConnectorFacts,
  failure: FailedMint,
  { scheduledAtMs, nowMs, random }: Moment,
): void {
  const { refresh, token, grant } = parts
  const { code, class: failureClass, message } = failure
  const { lastFailure: before } = refresh
  const lastFailure = {
    class: failureClass,
    code,
    message,
    sinceMs: before?.sinceMs ?? nowMs,
    count: (before?.count ?? 0) + 1,
    sameClass: before?.class === failureClass ? before.sameClass + 1 : 1,
    refusals: isRefusal(failureClass, facts) ? (before?.refusals ?? 0) + 1 : 0,
  }
  const { attempt, prior } = grant
  const { generation, held } = token
  record(parts, {
    atMs: nowMs,
    event: 'refresh_failed',
    cause: failureClass,
    code,
    attempt,
    generation,
  })
  const action = decideOutcome({
    class: failureClass,
    facts,
    prior,
    failures: lastFailure.count,
    sameClass: lastFailure.sameClass,
    refusals: lastFailure.refusals,
    nowMs,
    random,
    probe: failure.probe,
    retryAfterMs: failure.retryAfterMs,
    hardAtMs: isRefused(token) ? undefined : held?.hardAtMs,
    issuedAtMs: held?.issuedAtMs,
  })
  const isRetry = action.outcome === 'retry'
  parts.refresh = noteFailure(refresh, lastFailure, isRetry ? action.atMs : undefined)
  parts.grant = noteFailedTry(grant)
  if (isRetry) parts.grant = leaveOpen(parts.grant, action.prior, scheduledAtMs)
  parts.health = withVerdict(parts.health, undefined)
  const cause = action.outcome === 'needs_reauth' ? action.reason : undefined
  changeHealth(parts, 'request failed', { kind: 'degraded' }, nowMs, { cause, code })
  const verdict = toVerdict(action, code)
  if (verdict === undefined) return
  parts.health = withVerdict(parts.health, verdict)
  settleVerdict(parts, nowMs)
}

function toVerdict(action: RefreshOutcome, code: string): Verdict | undefined {
  switch (action.outcome) {
    case 'retry':
      return action.verdict === undefined ? undefined : { kind: action.verdict, code }
    case 'needs_reauth':
      return { kind: action.outcome, reason: action.reason, code }
    case 'misconfigured':
      return { kind: action.outcome, code }
    default: {
      const impossible: never = action
      throw new TypeError(`unknown action ${JSON.stringify(impossible)}`)
    }
  }
}

/** A failed refresh never takes a still-good token away: a verdict takes effect once the token has ended or is refused. */
export function settleVerdict(parts: TokenParts, nowMs: number): void {
  const { health, token } = parts
  const verdict = verdictOf(health)
  if (verdict === undefined) return
  const { held } = token
  if (held !== undefined && !isRefused(token) && nowMs < servedUntilMs(held)) return
  parts.health = withVerdict(health, undefined)
  changeHealth(parts, 'token ended', verdict, nowMs, { code: verdict.code })
}
