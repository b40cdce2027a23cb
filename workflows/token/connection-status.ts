import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { waitingAuthorizations } from './authorizations.js'
import { delayedWarning, earliestMint } from './due-work.js'
import { keptWarning } from './kept-answers.js'
import { grantedStatus } from './granted.js'
import { keysInUse } from './keys-in-use.js'
import { reasonOf, statusOf } from './parts/health.js'
import type { TokenSnapshot } from './token-snapshot.js'
import { accountForgotten, waitingMessage } from './waiting-message.js'
import { warningsOf } from './warnings.js'

/** What the query `tokenkeeper.status` answers. */
export function connectionStatus(snapshot: TokenSnapshot, nowMs: number): ConnectionStatus {
  const warnings = warningsOf(snapshot, nowMs)
  const waiting = waitingAuthorizations(snapshot, nowMs).length
  const { token, failing, facts, health } = snapshot
  const reason = reasonOf(health)
  const keyIds = keysInUse(snapshot)
  const kept = snapshot.keptAnswers?.length ?? 0
  const asked = snapshot.forced === undefined ? undefined : Math.max(nowMs, earliestMint(snapshot))
  const due = asked ?? snapshot.retryAtMs ?? snapshot.doubt?.next?.atMs ?? token?.softAtMs
  return {
    connection: snapshot.connection,
    status: statusOf(snapshot.health),
    ...(reason === undefined ? {} : { reason }),
    sinceMs: health.sinceMs,
    generation: snapshot.generation,
    ...(token === undefined ? {} : { issuedAtMs: token.issuedAtMs }),
    ...(token?.expiresAtMs === undefined ? {} : { expiresAtMs: token.expiresAtMs }),
    ...(due === undefined ? {} : { nextRefreshAtMs: due }),
    ...grantedStatus(snapshot, [
      ...warnings.map(({ message }) => message),
      ...keptWarning(snapshot),
      ...forgottenWarning(snapshot),
      ...delayedWarning(snapshot, nowMs),
    ]),
    ...(waiting === 0 ? {} : { authorizations: waiting }),
    ...(kept === 0 ? {} : { keptAnswers: kept }),
    ...(snapshot.revocation === undefined ? {} : { revocation: snapshot.revocation }),
    waiting: snapshot.waiters.length,
    waitingFlows: [...new Set(snapshot.waiters.map((waiter) => waiter.replyTo))].slice(0, 20),
    ...(keyIds.length === 0 ? {} : { keyIds }),
    ...(facts === undefined ? {} : { kind: facts.kind, definition: facts.fingerprint }),
    ...(failing === undefined
      ? refusedStatus(snapshot)
      : {
          failure: {
            code: failing.code,
            message: failing.message,
            sinceMs: failing.sinceMs,
            count: failing.count,
          },
        }),
    counts: { ...snapshot.counts },
  }
}

function forgottenWarning(snapshot: TokenSnapshot): readonly string[] {
  const told = snapshot.health.kind === 'pending' ? accountForgotten(snapshot).trim() : ''
  return told === '' ? [] : [told]
}

/** A credential that the upstream refuses, before and after the verdict. */
function refusedStatus(snapshot: TokenSnapshot): Pick<ConnectionStatus, 'failure'> {
  const { doubt, health } = snapshot
  if (doubt === undefined || (health.kind !== 'degraded' && health.kind !== 'rejected')) return {}
  const { sinceMs, answers: count } = doubt
  return {
    failure: { code: 'FreshTokenRejected', message: waitingMessage(snapshot), sinceMs, count },
  }
}
