import type {
  ConnectorFacts,
  DescribeResult,
  MintResult,
} from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { renewMark } from './account.js'
import { noteRotated } from './given-credentials.js'
import { renewGranted } from './granted.js'
import { afterRefresh } from './doubt-looks.js'
import { type Moment, toHeldToken } from './held-token.js'
import { forgetKept, keepAnswer, keepUnread, readKept } from './kept-answers.js'
import { noteLifetime } from './lifetime-notes.js'
import { changeHealth, rollBack, tell } from './life-story.js'
import { noteTokenRequest, wasSent } from './mint-limit.js'
import { decideOutcome, isRefusal } from './refresh-outcomes.js'
import { servedUntilMs } from './request-table.js'
import { type Verdict, verdictOf, withVerdict } from './parts/health.js'
import type { HeldToken, TokenSnapshot } from './token-snapshot.js'
import { noteMaxIdBytes } from './waiters.js'
import { noteGrantEnd } from './warnings.js'

export function applyDescription(
  snapshot: TokenSnapshot,
  result: DescribeResult,
  nowMs: number,
): void {
  snapshot.describeNeeded = false
  snapshot.searchAttributes = result.searchAttributes
  noteMaxIdBytes(snapshot, result.maxIdBytes, nowMs)
  if (!result.known) {
    snapshot.unknownConnector = result.message
    return
  }
  delete snapshot.unknownConnector
  const { otherAccounts = [] } = result
  if (otherAccounts.length === 0) delete snapshot.otherAccounts
  else snapshot.otherAccounts = otherAccounts
  const before = snapshot.facts
  snapshot.facts = result.facts
  if (before === undefined || before.fingerprint === result.facts.fingerprint) return
  tell(snapshot, { atMs: nowMs, event: 'definition', cause: 'changed' })
  adoptDefinition(snapshot, before, result.facts)
}

/** A changed definition wakes a connection that the old one broke; a working one goes on with its token. */
function adoptDefinition(
  snapshot: TokenSnapshot,
  before: ConnectorFacts,
  after: ConnectorFacts,
): void {
  readKept(snapshot)
  if (!mayBeMended(snapshot) && before.kind === after.kind) return
  if (snapshot.grant === undefined || snapshot.health.kind === 'needs_reauth') return
  // A token of another kind is of no use under this definition, however long it lives.
  if (before.kind !== after.kind && snapshot.token !== undefined)
    snapshot.rejectedGeneration = snapshot.generation
  snapshot.forced = 'definition changed'
  delete snapshot.retryAtMs
  delete snapshot.doubt
}

/** Whether another definition, or another secret in it, could make what fails work. */
function mayBeMended({ health, failing }: TokenSnapshot): boolean {
  if (health.kind === 'misconfigured' || health.kind === 'rejected') return true
  // A wait that the provider told holds for whoever asks, and a replay could end the grant.
  return failing !== undefined && failing.class !== 'throttled' && failing.class !== 'ambiguous'
}

/** Makes a token the current one, one generation up. */
export function adoptToken(
  snapshot: TokenSnapshot,
  held: HeldToken,
  grant: Sealed,
  nowMs: number,
): void {
  snapshot.generation = Math.max(snapshot.generation, snapshot.highestGeneration) + 1
  snapshot.highestGeneration = snapshot.generation
  snapshot.token = held
  snapshot.grant = grant
  snapshot.prior = 'clean'
  delete snapshot.openSinceMs
  snapshot.attempt = 1
  snapshot.lastMintAtMs = nowMs
  delete snapshot.failing
  snapshot.health = withVerdict(snapshot.health, undefined)
  delete snapshot.retryAtMs
  delete snapshot.forced
  delete snapshot.rejectedGeneration
  delete snapshot.revocation
}

/** Takes in what a token request came to: the current grant's, not a new credential's. */
export function applyMint(
  snapshot: TokenSnapshot,
  result: MintResult,
  cause: string,
  moment: Moment,
): void {
  const { nowMs } = moment
  const facts = snapshot.facts
  snapshot.tries += 1
  delete snapshot.forced
  if (facts === undefined) return
  if (result.outcome === 'rolled_back') {
    rollBack(snapshot, nowMs, 'this run comes from a reset')
    return
  }
  if (facts.refreshes) snapshot.counts.refreshRequests += 1
  if (wasSent(result)) noteTokenRequest(snapshot, nowMs)
  noteDefinition(snapshot, result.definition)
  if (result.outcome === 'failed') {
    if (keepUnread(snapshot, result, cause, nowMs)) return
    applyMintFailure(snapshot, facts, result, moment)
    return
  }
  const { failing, openSinceMs } = snapshot
  const previousLifetimeMs = snapshot.token?.lifetimeMs
  const held = toHeldToken(result, facts, moment, { previousLifetimeMs, openSinceMs })
  forgetKept(snapshot, snapshot.grant)
  adoptToken(snapshot, held, result.grant, nowMs)
  afterRefresh(snapshot, nowMs)
  keepAnswer(snapshot, result, { grant: result.grant }, nowMs)
  noteLifetime(snapshot, result.lifetimeNote, failing, moment)
  noteRotated(snapshot, result)
  noteGrantEnd(snapshot, result, held)
  renewGranted(snapshot, result)
  renewMark(snapshot, result.account)
  tell(snapshot, {
    atMs: nowMs,
    event: result.ageMs === undefined ? 'refreshed' : 'answer_read',
    cause,
    generation: snapshot.generation,
    ...(held.softAtMs === undefined ? {} : { nextDueMs: held.softAtMs }),
  })
}

/** A token request that used another definition than the one described: describe again. */
function noteDefinition(snapshot: TokenSnapshot, fingerprint: string): void {
  if (snapshot.facts !== undefined && snapshot.facts.fingerprint !== fingerprint)
    snapshot.describeNeeded = true
}

type MintFailure = Extract<MintResult, { outcome: 'failed' }>

function applyMintFailure(
  snapshot: TokenSnapshot,
  facts: ConnectorFacts,
  failure: MintFailure,
  { scheduledAtMs, nowMs, random }: Moment,
): void {
  const before = snapshot.failing
  const sameClass = before?.class === failure.class ? before.sameClass + 1 : 1
  const count = (before?.count ?? 0) + 1
  const refusals = isRefusal(failure.class, facts) ? (before?.refusals ?? 0) + 1 : 0
  const failing = { class: failure.class, code: failure.code, message: failure.message }
  snapshot.failing = { ...failing, sinceMs: before?.sinceMs ?? nowMs, count, sameClass, refusals }
  tell(snapshot, {
    atMs: nowMs,
    event: 'refresh_failed',
    cause: failure.class,
    code: failure.code,
    attempt: snapshot.attempt,
    generation: snapshot.generation,
  })
  snapshot.attempt += 1
  const { token } = snapshot
  const action = decideOutcome({
    class: failure.class,
    facts,
    prior: snapshot.prior,
    failures: count,
    sameClass,
    refusals,
    nowMs,
    random,
    ...(failure.probe === undefined ? {} : { probe: failure.probe }),
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(token?.hardAtMs === undefined || snapshot.rejectedGeneration === snapshot.generation
      ? {}
      : { hardAtMs: token.hardAtMs }),
    ...(token === undefined ? {} : { issuedAtMs: token.issuedAtMs }),
  })
  delete snapshot.retryAtMs
  snapshot.health = withVerdict(snapshot.health, undefined)
  const { code } = failure
  switch (action.action) {
    case 'retry':
      snapshot.prior = action.prior
      if (action.prior !== 'clean') snapshot.openSinceMs ??= scheduledAtMs
      snapshot.retryAtMs = action.atMs
      changeHealth(snapshot, 'request failed', { kind: 'degraded' }, nowMs, { code })
      if (action.verdict !== undefined) judge(snapshot, { kind: action.verdict, code }, nowMs)
      return
    case 'needs_reauth': {
      const { action: kind, reason } = action
      const why = { cause: reason, code }
      changeHealth(snapshot, 'request failed', { kind: 'degraded' }, nowMs, why)
      judge(snapshot, { kind, reason, code }, nowMs)
      return
    }
    case 'misconfigured':
      changeHealth(snapshot, 'request failed', { kind: 'degraded' }, nowMs, { code })
      judge(snapshot, { kind: action.action, code }, nowMs)
      return
    default: {
      const impossible: never = action
      throw new TypeError(`unknown action ${JSON.stringify(impossible)}`)
    }
  }
}

/** A failed refresh never takes a still-good token away: what it means takes effect when the token ends. */
function judge(snapshot: TokenSnapshot, verdict: Verdict, nowMs: number): void {
  snapshot.health = withVerdict(snapshot.health, verdict)
  settleVerdict(snapshot, nowMs)
}

/** A verdict takes effect once its token has ended or is refused. */
export function settleVerdict(snapshot: TokenSnapshot, nowMs: number): void {
  const { health, token } = snapshot
  const verdict = verdictOf(health)
  if (verdict === undefined) return
  const refused = snapshot.rejectedGeneration === snapshot.generation
  if (token !== undefined && !refused && nowMs < servedUntilMs(token)) return
  snapshot.health = withVerdict(health, undefined)
  changeHealth(snapshot, 'token ended', verdict, nowMs, { code: verdict.code })
}
