import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { delayedWarning } from './due-work.js'
import { keptWarning } from './kept-answers.js'
import { waitingAuthorizations } from './parts/authorizations.js'
import { earliestRequestMs } from './parts/refresh.js'
import { refreshDue } from './refresh-causes.js'
import { keysHeld } from './sealing-keys.js'
import type { TokenParts } from './token-parts.js'
import { isIdle, mayEnd } from './use.js'
import { causeFacts } from './waiting-message.js'
import { comingEnds, warningsOf } from './warnings.js'

/** What the query `tokenkeeper.status` answers. */
export function connectionStatus(parts: TokenParts, nowMs: number): ConnectionStatus {
  const { health, definition, token, grant, refresh, queue, story, details } = parts
  const { facts } = definition
  const { held } = token
  const waiting = waitingAuthorizations(parts.authorizations, nowMs).length
  const keyIds = keysHeld(parts)
  const kept = grant.keptAnswers?.length ?? 0
  return {
    ...causeFacts(parts),
    ...details,
    sinceMs: health.sinceMs,
    generation: token.generation,
    issuedAtMs: held?.issuedAtMs,
    expiresAtMs: held?.expiresAtMs,
    nextRefreshAtMs: nextRefreshAtMs(parts, nowMs),
    unusedSinceMs: isIdle(parts) ? queue.askedAtMs : undefined,
    mayEnd: mayEnd(parts) || undefined,
    ...grantedStatus(parts, [
      ...warningsOf(parts, nowMs).map(({ message }) => message),
      ...keptWarning(parts),
      ...delayedWarning(parts, nowMs),
    ]),
    comingEnds: comingEnds(parts, nowMs),
    authorizations: waiting === 0 ? undefined : waiting,
    keptAnswers: kept === 0 ? undefined : kept,
    waiting: queue.waiters.length,
    waitingFlows: [...new Set(queue.waiters.map((waiter) => waiter.replyTo))].slice(0, 20),
    leaseHolders: leaseHolders(parts, nowMs),
    keyIds: keyIds.length === 0 ? undefined : keyIds,
    removing: parts.removing,
    verifies: facts?.hasVerify,
    definition: facts?.fingerprint,
    notices: definition.notices,
    counts: {
      refreshRequests: refresh.requests,
      leases: queue.leases,
      refusedMessages: story.refusedMessages,
    },
  }
}

/** The flows whose lease has not ended. A lease ends when it has reached its greatest age, at the latest. */
function leaseHolders(
  { queue, definition }: TokenParts,
  nowMs: number,
): ConnectionStatus['leaseHolders'] {
  const { maxLeaseAgeMs = 0 } = definition.facts?.policy ?? {}
  const found = queue.holders?.filter(({ atMs }) => atMs + maxLeaseAgeMs > nowMs) ?? []
  return found.length === 0 ? undefined : found
}

function nextRefreshAtMs(parts: TokenParts, nowMs: number): number | undefined {
  const { health, refresh, token, definition } = parts
  // Nothing is asked for until a person has acted.
  if (health.kind === 'needs_reauth') return undefined
  if (refresh.cause !== undefined)
    return Math.max(nowMs, earliestRequestMs(refresh, definition.facts?.policy))
  return (
    refresh.retryAtMs ??
    token.doubt?.next?.atMs ??
    refresh.catchUpAtMs ??
    refreshDue(parts, nowMs)?.atMs
  )
}

/** The part of the status that is about the grant; `endWarnings` say what will stop the connection by itself. */
function grantedStatus(
  { grant, connection }: TokenParts,
  endWarnings: readonly string[],
): Pick<ConnectionStatus, 'account' | 'scope' | 'missingScope' | 'warnings'> {
  const { granted: { scope, missingScope, warnings: given = [] } = {}, account } = grant
  const missing =
    missingScope === undefined
      ? []
      : [
          `${connection} was not granted ${missingScope} by name: where requests that need it are refused, authorise it again and grant it, or ask for less; where another scope implies it, say so in impliedScopes.`,
        ]
  const warnings = [...missing, ...given, ...endWarnings]
  return {
    account: account?.name === undefined ? undefined : { name: account.name },
    scope,
    missingScope,
    warnings: warnings.length === 0 ? undefined : warnings,
  }
}
