import type { RejectedGeneration } from '../../src/contract/messages.js'
import { doubtCredential, recordRejection } from './doubt-reports.js'
import { noticeUnopened } from './sealing-keys.js'
import { readKept } from './kept-answers.js'
import { changeHealth, rollBack, record } from './life-story.js'
import { describeAgain } from './parts/definition.js'
import { withVerdict } from './parts/health.js'
import { endBackOff, forceRefresh } from './parts/refresh.js'
import {
  isRefused,
  refuseToken,
  renumberToken,
  seenGeneration,
  serveAgain,
  withDoubt,
} from './parts/token.js'
import { settleVerdict } from './token-results.js'
import type { TokenParts } from './token-parts.js'
import { waitingMessage } from './waiting-message.js'

/**
 * A flow names the highest generation that it knows. One above the current means that this state is older
 * than the flow: it comes from a reset. It means less where another token workflow counted it, which was
 * terminated: then this one only goes on with higher numbers.
 */
export function seeGeneration(
  parts: TokenParts,
  generation: number,
  nowMs: number,
  firstExecutionRunId?: string,
): void {
  const isForeign =
    firstExecutionRunId !== undefined &&
    parts.firstExecutionRunId !== undefined &&
    firstExecutionRunId !== parts.firstExecutionRunId
  if (isForeign && generation >= parts.token.generation && parts.token.held !== undefined) {
    parts.token = renumberToken(parts.token, generation + 1)
  } else if (generation > parts.token.generation && parts.grant.sealed !== undefined)
    rollBack(parts, nowMs, `a flow has seen generation ${generation}`)
  parts.token = seenGeneration(parts.token, generation)
}

/**
 * A generation was refused by the upstream. N reports of one generation make one refresh. True: it is
 * that one request which is refused, and its flow gets that answer.
 */
export function reportRejection(
  parts: TokenParts,
  rejected: RejectedGeneration,
  by: string,
  nowMs: number,
  firstExecutionRunId?: string,
): boolean {
  const { generation, status } = rejected
  if (generation > parts.token.generation)
    seeGeneration(parts, generation, nowMs, firstExecutionRunId)
  if (generation !== parts.token.generation || parts.token.held === undefined) return false
  if (rejected.outdated === true) {
    if (rejected.keyId !== undefined) noticeUnopened(parts, rejected.keyId, nowMs)
    else if (!isRefused(parts.token)) replaceOutdated(parts, generation, nowMs)
    return false
  }
  const asker = rejected.by ?? (by === '' ? 'an activity' : by)
  const who = `${asker}, HTTP ${status}`
  recordRejection(parts, who, nowMs, parts.token.doubt)
  if (doubtCredential(parts, rejected, asker, nowMs)) return true
  if (parts.token.doubt?.next?.check !== 'refresh') return false
  settleVerdict(parts, nowMs)
  // Held back so as not to kill the access token; that one is dead now.
  if (parts.refresh.lastFailure?.class === 'ambiguous') parts.refresh = endBackOff(parts.refresh)
  return false
}

/** A worker found a token of a kind that the definition no longer has: it is got anew, whatever its kind. */
function replaceOutdated(parts: TokenParts, generation: number, nowMs: number): void {
  record(parts, {
    atMs: nowMs,
    event: 'definition',
    cause: 'another kind of authentication',
    generation,
  })
  parts.token = refuseToken(parts.token)
  parts.definition = describeAgain(parts.definition)
  parts.refresh = endBackOff(forceRefresh(parts.refresh, 'definition changed'))
}

/** An operator wants a refresh now. Gives the reason where there is nothing to refresh. */
export function refreshNow(parts: TokenParts, nowMs: number): string | undefined {
  const reads = readKept(parts)
  if (parts.grant.sealed === undefined || parts.health.kind === 'needs_reauth')
    return reads ? undefined : waitingMessage(parts)
  if (parts.definition.facts?.refreshes === false) {
    if (parts.health.kind !== 'rejected')
      return `the credential of ${parts.connection} is used as it is: its kind has nothing to refresh`
    parts.token = serveAgain(withDoubt(parts.token, undefined))
    changeHealth(parts, 'looked at by hand', { kind: 'active' }, nowMs, { cause: 'operator' })
    return undefined
  }
  // Without a grace window the grant must not be sent again while its successor may be in what is kept.
  if (reads && parts.definition.facts?.policy.graceWindowMs === 0) return undefined
  parts.refresh = endBackOff(forceRefresh(parts.refresh, 'operator'))
  parts.token = withDoubt(parts.token, undefined)
  parts.health = withVerdict(parts.health, undefined)
  return undefined
}
