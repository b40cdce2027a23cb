import { explanationText } from '../../src/contract/condition.js'
import { type CauseFacts, explain } from '../../src/contract/condition-causes.js'
import { credentialName, refusalSentence } from '../../src/contract/next-step.js'
import { reasonOf, statusOf, verdictOf } from './parts/health.js'
import type { Waiter } from './parts/queue.js'
import type { TokenParts } from './token-parts.js'

/** The part of a connection's status that shows what is wrong with it. */
export function causeFacts(parts: TokenParts): CauseFacts {
  const { connection, health, definition, refresh, token, revocation } = parts
  const { facts } = definition
  const { lastFailure } = refresh
  const known = {
    connection,
    status: statusOf(health),
    reason: reasonOf(health),
    beneath: health.paused && health.kind !== 'revoked' ? health.kind : undefined,
    afterExpiry: verdictOf(health)?.kind,
    retryAtMs: refresh.retryAtMs ?? token.doubt?.next?.atMs,
    kind: facts?.kind,
    authorizes: facts?.authorizes,
    refreshes: facts?.refreshes,
    unknownConnector: definition.unknownConnector,
    otherAccounts: health.kind === 'pending' ? definition.otherAccounts : undefined,
    refused: upstreamRefusal(parts),
    revocation: revocation.outcome,
  }
  return {
    ...known,
    failure: lastFailure === undefined ? refusalAsFailure(known) : told(lastFailure),
  }
}

function told({ code, message, sinceMs, count }: NonNullable<CauseFacts['failure']>) {
  return { code, message, sinceMs, count }
}

/** A credential that the upstream refuses, before and after the verdict. */
function upstreamRefusal({ health, token: { doubt } }: TokenParts): CauseFacts['refused'] {
  if (doubt === undefined || (health.kind !== 'degraded' && health.kind !== 'rejected'))
    return undefined
  const { status, endpoint, sinceMs, answers: count } = doubt
  return { status, endpoint, sinceMs, count }
}

function refusalAsFailure(known: CauseFacts): CauseFacts['failure'] {
  const { refused } = known
  if (refused === undefined) return undefined
  const { sinceMs, count } = refused
  return { code: 'FreshTokenRejected', message: refusalSentence(known), sinceMs, count }
}

/** Says why the connection is not usable and what to do next: for people, in a sentence or two. */
export function waitingMessage(parts: TokenParts): string {
  const facts = causeFacts(parts)
  // Who waits for a connection that works does so for a refresh.
  if (facts.status === 'active' && facts.unknownConnector === undefined)
    return `${facts.connection} is being refreshed.`
  return explanationText(explain(facts))
}

/** To a flow whose one request is refused while the connection works. */
export function refusedRequestMessage(
  parts: TokenParts,
  { status, endpoint = 'this request' }: NonNullable<Waiter['denied']>,
): string {
  const { connection, token, definition } = parts
  const kind = `the ${credentialName({ kind: definition.facts?.kind })} of generation ${token.generation}`
  return `${connection} answers HTTP ${status} to ${endpoint} time and again, with ${kind}, which nothing else says is bad: it is this request that is refused. Look at its input, at what ${endpoint} allows this account, and at scopes; where the kind signs requests, at characters that are encoded in more than one way.`
}
