import type { ConnectorFacts } from '../../src/contract/token-activities.js'
import { READ_KEPT } from './kept-answers.js'
import { statusOf, verdictOf } from './parts/health.js'
import { wantsLonger } from './request-table.js'
import type { HeldToken, TokenSnapshot } from './token-snapshot.js'

/** When the next token request is due and why, before back-off, limit and least gap are looked at. */
export interface RefreshDue {
  readonly atMs: number
  /** As the life story and the activity's input name it. */
  readonly cause: string
  /** Of the timer, as the Web UI shows it. */
  readonly summary: string
}

/** A connection that has what a token request needs: a definition, which stands here, and a grant. */
interface Refreshable {
  readonly snapshot: TokenSnapshot
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
const IDLE_SHARE = 0.8

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
 * | `timer` | the definition refreshes ahead of time | at the soft moment |
 * | `keep-alive` | the grant dies when it is not used | after four fifths of that time |
 */
export const REFRESH_CAUSES = [
  {
    name: READ_KEPT,
    when: ({ snapshot }) => snapshot.forced === READ_KEPT && snapshot.health.kind !== 'revoked',
    atMs: now,
  },
  {
    name: 'unusable',
    when: ({ snapshot: { health } }) =>
      health.kind === 'pending' || health.kind === 'needs_reauth' || health.kind === 'revoked',
    atMs: () => 'never',
  },
  {
    name: 'forced',
    when: ({ snapshot }) => snapshot.forced !== undefined,
    atMs: now,
    cause: ({ snapshot }) => snapshot.forced ?? '',
  },
  {
    name: 'rejected',
    when: ({ snapshot }) => snapshot.doubt?.next?.check === 'refresh',
    atMs: ({ snapshot, nowMs }) => snapshot.doubt?.next?.atMs ?? nowMs,
    cause: ({ snapshot: { doubt } }) =>
      `rejected: HTTP ${String(doubt?.status)} to ${doubt?.endpoint ?? ''}`,
  },
  {
    name: 'after a verdict',
    when: ({ snapshot: { health } }) =>
      health.kind === 'misconfigured' || verdictOf(health) !== undefined,
    // Tried again with a verdict as without one; where a try may count as a wrong password there is no moment.
    atMs: ({ snapshot }) => snapshot.retryAtMs ?? 'never',
    cause: ({ snapshot }) => `after ${snapshot.failing?.code ?? snapshot.health.kind}`,
  },
  {
    name: 'after a failure',
    // Of whatever kind: a static credential whose sealing key is missing is tried again as well.
    when: ({ snapshot }) => snapshot.failing !== undefined,
    atMs: ({ snapshot, nowMs }) => snapshot.retryAtMs ?? nowMs,
    cause: ({ snapshot }) => `after ${snapshot.failing?.code ?? ''}`,
  },
  {
    name: 'nothing to refresh',
    when: ({ snapshot, facts }) => !facts.refreshes || snapshot.health.kind === 'rejected',
    atMs: () => 'never',
  },
  {
    name: 'no token',
    when: ({ snapshot }) => snapshot.token === undefined,
    atMs: now,
  },
  {
    name: 'hard',
    when: ({ snapshot, nowMs }) =>
      isAsked(snapshot) && nowMs >= (snapshot.token?.hardAtMs ?? Infinity),
    atMs: now,
  },
  {
    name: 'longer validity',
    when: ({ snapshot, nowMs }) => {
      const { token } = snapshot
      if (token === undefined || !isAsked(snapshot)) return false
      return snapshot.waiters.some((waiter) => wantsLonger(snapshot, waiter, token, nowMs))
    },
    atMs: now,
  },
  {
    name: 'timer',
    when: ({ snapshot, facts }) =>
      facts.policy.mode === 'timer' && snapshot.token?.softAtMs !== undefined,
    atMs: ({ snapshot }) => snapshot.token?.softAtMs ?? 'never',
    cause: ({ snapshot: { token } }) => (token?.softAtMs === token?.hardAtMs ? 'hard' : 'soft'),
  },
  {
    name: 'keep-alive',
    when: ({ facts }) => facts.policy.idleLimitMs !== undefined,
    atMs: ({ snapshot: { token }, facts }) => keepAliveAtMs(token, facts) ?? 'never',
  },
] as const satisfies readonly RefreshCause[]

/** The first cause of {@link REFRESH_CAUSES} that holds, where it has a moment. */
export function refreshDue(snapshot: TokenSnapshot, nowMs: number): RefreshDue | undefined {
  const { facts, grant } = snapshot
  if (facts === undefined || grant === undefined || snapshot.unknownConnector !== undefined)
    return undefined
  const state = { snapshot, facts, nowMs }
  const causes: readonly RefreshCause[] = REFRESH_CAUSES
  const row = causes.find(({ when }) => when(state))
  const atMs = row?.atMs(state)
  if (row === undefined || atMs === undefined || atMs === 'never') return undefined
  const cause = row.cause?.(state) ?? row.name
  return { atMs, cause, summary: `refresh ${snapshot.connection} (${cause})` }
}

/** Somebody waits for a token: what no timer looks after is refreshed then. */
function isAsked(snapshot: TokenSnapshot): boolean {
  return snapshot.waiters.length > 0 && statusOf(snapshot.health) !== 'paused'
}

function keepAliveAtMs(
  token: HeldToken | undefined,
  { policy }: ConnectorFacts,
): number | undefined {
  if (token === undefined || policy.idleLimitMs === undefined) return undefined
  return token.issuedAtMs + policy.idleLimitMs * IDLE_SHARE
}
