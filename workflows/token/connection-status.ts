import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { delayedWarning } from './due-work.js'
import { grantedStatus } from './granted.js'
import { keptWarning } from './kept-answers.js'
import { keysInUse } from './keys-in-use.js'
import { waitingAuthorizations } from './parts/authorizations.js'
import { reasonOf, statusOf } from './parts/health.js'
import { earliestRequestMs } from './parts/refresh.js'
import type { TokenParts } from './token-parts.js'
import { accountForgotten, waitingMessage } from './waiting-message.js'
import { warningsOf } from './warnings.js'

/** What the query `tokenkeeper.status` answers. */
export function connectionStatus(parts: TokenParts, nowMs: number): ConnectionStatus {
  const { connection, health, definition, token, grant, refresh, queue, revocation, story } = parts
  const { facts } = definition
  const { held } = token
  const { failing } = refresh
  const waiting = waitingAuthorizations(parts.authorizations, nowMs).length
  const keyIds = keysInUse(parts)
  const kept = grant.keptAnswers?.length ?? 0
  return {
    connection,
    status: statusOf(health),
    reason: reasonOf(health),
    sinceMs: health.sinceMs,
    generation: token.generation,
    issuedAtMs: held?.issuedAtMs,
    expiresAtMs: held?.expiresAtMs,
    nextRefreshAtMs: nextRefreshAtMs(parts, nowMs),
    ...grantedStatus(parts, [
      ...warningsOf(parts, nowMs).map(({ message }) => message),
      ...keptWarning(parts),
      ...forgottenWarning(parts),
      ...delayedWarning(parts, nowMs),
    ]),
    authorizations: waiting === 0 ? undefined : waiting,
    keptAnswers: kept === 0 ? undefined : kept,
    revocation: revocation.outcome,
    waiting: queue.waiters.length,
    waitingFlows: [...new Set(queue.waiters.map((waiter) => waiter.replyTo))].slice(0, 20),
    keyIds: keyIds.length === 0 ? undefined : keyIds,
    kind: facts?.kind,
    definition: facts?.fingerprint,
    failure:
      failing === undefined
        ? refusedStatus(parts)
        : {
            code: failing.code,
            message: failing.message,
            sinceMs: failing.sinceMs,
            count: failing.count,
          },
    counts: {
      refreshRequests: refresh.requests,
      leases: queue.leases,
      refusedMessages: story.refusedMessages,
    },
  }
}

function nextRefreshAtMs(
  { health, refresh, token, definition }: TokenParts,
  nowMs: number,
): number | undefined {
  // Nothing is asked for until a person has acted.
  if (health.kind === 'needs_reauth') return undefined
  if (refresh.forced !== undefined)
    return Math.max(nowMs, earliestRequestMs(refresh, definition.facts?.policy))
  return refresh.retryAtMs ?? token.doubt?.next?.atMs ?? token.held?.softAtMs
}

function forgottenWarning(parts: TokenParts): readonly string[] {
  const told = parts.health.kind === 'pending' ? accountForgotten(parts).trim() : ''
  return told === '' ? [] : [told]
}

/** A credential that the upstream refuses, before and after the verdict. */
function refusedStatus(parts: TokenParts): ConnectionStatus['failure'] {
  const { health, token } = parts
  const { doubt } = token
  if (doubt === undefined || (health.kind !== 'degraded' && health.kind !== 'rejected'))
    return undefined
  const { sinceMs, answers: count } = doubt
  return { code: 'FreshTokenRejected', message: waitingMessage(parts), sinceMs, count }
}
