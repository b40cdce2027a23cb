import type { RevokeResult } from '../../src/contract/token-activities.js'
import type { Due } from './due-work.js'
import { tell } from './life-story.js'
import { backOffMs } from './refresh-outcomes.js'
import type { Ending } from './revocation.js'
import type { TokenSnapshot } from './token-snapshot.js'

/** More than these are forgotten: they live on until the provider ends them. */
const MAX_LEFTOVERS = 5
const TRIES = 3

/**
 * A grant that nobody holds any more: the provider is told (RFC 7009), where it can be, and where that
 * ends no other grant of the account.
 */
export function leaveBehind(
  snapshot: TokenSnapshot,
  { grant, token }: Pick<Ending, 'grant' | 'token'>,
  fromMs: number,
): void {
  const { facts, leftovers = [] } = snapshot
  if (facts?.revokes !== true || facts.revokesOneGrant !== true) return
  if (grant === undefined || grant === snapshot.grant) return
  const left = { grant, ...(token === undefined ? {} : { token }), tries: 0, retryAtMs: fromMs }
  snapshot.leftovers = [...leftovers, left].slice(-MAX_LEFTOVERS)
}

/** When the provider is to be told of the next one. */
export function dueLeftover({ leftovers = [], connection }: TokenSnapshot, nowMs: number): Due {
  const [next] = [...leftovers].sort((a, b) => (a.retryAtMs ?? 0) - (b.retryAtMs ?? 0))
  if (next === undefined) return {}
  const atMs = next.retryAtMs ?? 0
  if (atMs <= nowMs) return { now: { work: 'revoke-leftover', ending: next } }
  return { atMs, summary: `tell the provider of a grant of ${connection} that nobody holds` }
}

/** Takes in what the provider said of it: flows go on whatever it was. */
export function applyLeftover(
  snapshot: TokenSnapshot,
  told: Ending,
  result: RevokeResult,
  nowMs: number,
  random: number,
): void {
  const others = (snapshot.leftovers ?? []).filter(({ grant }) => grant !== told.grant)
  const tries = told.tries + 1
  const again = result.outcome === 'failed' && tries < TRIES
  const next = { ...told, tries, retryAtMs: nowMs + backOffMs(tries, random) }
  const left = again ? [...others, next] : others
  if (left.length === 0) delete snapshot.leftovers
  else snapshot.leftovers = left
  const { generation } = snapshot
  const cause = 'a grant that nobody holds any more'
  if (result.outcome === 'revoked')
    tell(snapshot, { atMs: nowMs, event: 'upstream_revoked', cause, generation })
  if (result.outcome === 'failed' && !again) {
    const { code } = result
    tell(snapshot, { atMs: nowMs, event: 'upstream_revoke_failed', cause, code, generation })
  }
}

/** When nobody holds a lease of a token any more. */
export function leasesEndMs(
  { facts }: TokenSnapshot,
  token: TokenSnapshot['token'],
  nowMs: number,
): number {
  const leaseEndsMs = nowMs + (facts?.policy.maxLeaseAgeMs ?? 0)
  return Math.min(leaseEndsMs, Math.max(nowMs, token?.expiresAtMs ?? leaseEndsMs))
}
