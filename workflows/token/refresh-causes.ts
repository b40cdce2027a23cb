import { TOKEN_CAUSES, type TokenCause } from '../../src/contract/token-status.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import { READ_KEPT } from './kept-answers.js'
import { statusOf, verdictOf } from './parts/health.js'
import { isIdle } from './use.js'
import { wantsLonger } from './request-table.js'
import type { TokenPart } from './parts/token.js'
import type { TokenParts } from './token-parts.js'

/** When the next token request is due and why, before back-off, limit and least gap are looked at. */
export interface RefreshDue {
  readonly atMs: number
  /** As the life story and the activity's input name it. */
  readonly cause: string
  /** The summary of the timer, as the Web UI shows it. */
  readonly summary: string
}

/** A connection that has what a token request needs: a definition, which stands here, and a grant. */
interface Refreshable {
  readonly parts: TokenParts
  readonly facts: ConnectorFacts
  readonly nowMs: number
}

interface RefreshCause {
  readonly name: string
  readonly when: (state: Refreshable) => boolean
  /** `never`: nothing is due, and no later row is asked. */
  readonly atMs: (state: Refreshable) => number | 'never'
  /** What it is called in the life story; without one it is its name. */
  readonly cause?: (state: Refreshable) => string
}

const now = ({ nowMs }: Refreshable): number => nowMs

/** So much of the time for which a grant may lie unused passes before it is used to keep it alive. */
const IDLE_KEPT_ALIVE_SHARE = 0.8

/**
 * Why a token request becomes due. The first row whose condition holds decides, and no other: an
 * operator's word stands above a pause, a pause above the timer of the token.
 *
 * | cause | condition | moment |
 * |---|---|---|
 * | `read a kept answer` | an answer is kept that may be readable now, and the connection is not revoked | now; nothing is sent, so no pause holds it back |
 * | `unusable` | no credential yet, or its grant is dead, or it is revoked | never |
 * | `forced` | an operator, a changed definition or a missing key asks for it | now |
 * | `rejected` | the upstream refused the token, and the next look is a refresh | when the look is planned |
 * | `after a verdict` | a verdict on the definition stands, or comes when the token ends | after the back-off; never where a try may count as a wrong password |
 * | `after a failure` | the last token request failed | after the back-off |
 * | `nothing to refresh` | the kind does not refresh, or even fresh tokens are refused | never |
 * | `no token` | there is a grant and no token | now |
 * | `hard` | somebody waits, and the hard limit has passed | now |
 * | `longer validity` | somebody waits for a validity that only a fresh token offers | now |
 * | `timer` | the definition refreshes ahead of time, and somebody uses the connection where it asks for that | at the soft moment |
 * | `idle` | the definition refreshes what is used, and nobody has asked for some time | once a day, and before an unused grant dies |
 * | `keep-alive` | the grant dies when it is not used | after four fifths of that time |
 */
export const REFRESH_CAUSES = [
  {
    name: READ_KEPT,
    when: ({ parts }) => parts.refresh.cause === READ_KEPT && parts.health.kind !== 'revoked',
    atMs: now,
  },
  {
    name: 'unusable',
    when: ({ parts: { health } }) =>
      health.kind === 'pending' || health.kind === 'needs_reauth' || health.kind === 'revoked',
    atMs: () => 'never',
  },
  {
    name: 'forced',
    when: ({ parts }) => parts.refresh.cause !== undefined,
    atMs: now,
    cause: ({ parts }) => parts.refresh.cause ?? '',
  },
  {
    name: 'rejected',
    when: ({ parts }) => parts.token.doubt?.next?.check === 'refresh',
    atMs: ({ parts, nowMs }) => parts.token.doubt?.next?.atMs ?? nowMs,
    cause: ({ parts }) => {
      const { status = 0, endpoint = '' } = parts.token.doubt ?? {}
      return `rejected: HTTP ${status} to ${endpoint}`
    },
  },
  {
    name: 'after a verdict',
    when: ({ parts: { health } }) =>
      health.kind === 'misconfigured' || verdictOf(health) !== undefined,
    // Tried again with a verdict as without one; where a try may count as a wrong password there is no moment.
    atMs: ({ parts }) => parts.refresh.retryAtMs ?? 'never',
    cause: ({ parts }) => `after ${parts.refresh.lastFailure?.code ?? parts.health.kind}`,
  },
  {
    name: 'after a failure',
    // This holds for every kind: a static credential whose sealing key is missing is tried again as well.
    when: ({ parts }) => parts.refresh.lastFailure !== undefined,
    atMs: ({ parts, nowMs }) => parts.refresh.retryAtMs ?? nowMs,
    cause: ({ parts }) => `after ${parts.refresh.lastFailure?.code ?? ''}`,
  },
  {
    name: 'nothing to refresh',
    when: ({ parts, facts }) => !facts.refreshes || parts.health.kind === 'rejected',
    atMs: () => 'never',
  },
  {
    name: 'no token',
    when: ({ parts }) => parts.token.held === undefined,
    atMs: now,
  },
  {
    name: 'hard',
    when: ({ parts, nowMs }) => isAsked(parts) && nowMs >= (parts.token.held?.hardAtMs ?? Infinity),
    atMs: now,
  },
  {
    name: 'longer validity',
    when: ({ parts, nowMs }) => {
      const { held } = parts.token
      if (held === undefined || !isAsked(parts)) return false
      return parts.queue.waiters.some((waiter) => wantsLonger(parts, waiter, held, nowMs))
    },
    atMs: now,
  },
  {
    name: 'timer',
    when: ({ parts, facts }) =>
      facts.policy.mode !== 'on-demand' &&
      parts.token.held?.softAtMs !== undefined &&
      !isIdle(parts),
    atMs: ({ parts }) => parts.token.held?.softAtMs ?? 'never',
    cause: ({ parts: { token } }) =>
      token.held?.softAtMs === token.held?.hardAtMs ? 'hard' : 'soft',
  },
  {
    name: 'idle',
    when: ({ parts }) => isIdle(parts),
    atMs: ({ parts, facts }) =>
      Math.min(
        parts.token.held?.idleAtMs ?? Infinity,
        keepAliveAtMs(parts.token, facts) ?? Infinity,
      ),
  },
  {
    name: 'keep-alive',
    when: ({ facts }) => facts.policy.idleLimitMs !== undefined,
    atMs: ({ parts, facts }) => keepAliveAtMs(parts.token, facts) ?? 'never',
  },
] as const satisfies readonly RefreshCause[]

/** The first cause of {@link REFRESH_CAUSES} that holds, where it has a moment. */
export function refreshDue(parts: TokenParts, nowMs: number): RefreshDue | undefined {
  const { facts, unknownConnector } = parts.definition
  if (facts === undefined || unknownConnector !== undefined) return undefined
  if (parts.grant.sealed === undefined) return undefined
  const state = { parts, facts, nowMs }
  const causes: readonly RefreshCause[] = REFRESH_CAUSES
  const row = causes.find(({ when }) => when(state))
  const atMs = row?.atMs(state)
  if (row === undefined || atMs === undefined || atMs === 'never') return undefined
  const cause = row.cause?.(state) ?? row.name
  return { atMs, cause, summary: `refresh ${parts.connection} (${cause})` }
}

/** Somebody waits for a token: what no timer looks after is refreshed then. */
function isAsked(parts: TokenParts): boolean {
  return parts.queue.waiters.length > 0 && statusOf(parts.health) !== 'paused'
}

function keepAliveAtMs({ held }: TokenPart, { policy }: ConnectorFacts): number | undefined {
  if (held === undefined || policy.idleLimitMs === undefined) return undefined
  return held.issuedAtMs + policy.idleLimitMs * IDLE_KEPT_ALIVE_SHARE
}

/** Why a token request is sent, in one word: what beside it is a code or an endpoint is left out. */
export function causeWord(cause: string): TokenCause {
  if (cause.startsWith('rejected')) return 'rejected'
  if (cause.startsWith('after ')) return 'after_a_failure'
  const word = cause.replaceAll(/[ -]/g, '_')
  return TOKEN_CAUSES.find((one) => one === word) ?? 'other'
}
