import type { RevokeResult } from '../../src/contract/token-activities.js'
import type { Due } from './work.js'
import { record } from './life-story.js'
import {
  addLeftover,
  type UpstreamRevocation,
  nextLeftover,
  replaceLeftover,
} from './parts/revocation.js'
import type { HeldToken } from './parts/token.js'
import { backOffMs } from './refresh-outcomes.js'
import type { TokenParts } from './token-parts.js'

const REVOCATION_TRIES = 3

/**
 * A grant that nobody holds any more: the provider is told (RFC 7009), where it can be, and where that
 * ends no other grant of the account.
 */
export function leaveBehind(
  parts: TokenParts,
  { grant, token }: Pick<UpstreamRevocation, 'grant' | 'token'>,
  fromMs: number,
): void {
  const { facts } = parts.definition
  if (facts?.revokes !== true || facts.revokesOneGrant !== true) return
  if (grant === undefined || grant === parts.grant.sealed) return
  parts.revocation = addLeftover(parts.revocation, { grant, token, tries: 0, retryAtMs: fromMs })
}

/** When the next one is revoked at the provider. */
export function dueLeftover({ revocation, connection }: TokenParts, nowMs: number): Due {
  const next = nextLeftover(revocation)
  if (next === undefined) return {}
  const atMs = next.retryAtMs ?? 0
  if (atMs <= nowMs) return { now: { kind: 'revoke-leftover', revocation: next } }
  return { atMs, summary: `tell the provider of a grant of ${connection} that nobody holds` }
}

/** Takes in what the provider said of it: flows go on whatever it was. */
export function applyLeftover(
  parts: TokenParts,
  leftover: UpstreamRevocation,
  result: RevokeResult,
  nowMs: number,
  random: number,
): void {
  const tries = leftover.tries + 1
  const again = result.outcome === 'failed' && tries < REVOCATION_TRIES
  const next = { ...leftover, tries, retryAtMs: nowMs + backOffMs(tries, random) }
  parts.revocation = replaceLeftover(parts.revocation, leftover, again ? next : undefined)
  const { generation } = parts.token
  const cause = 'a grant that nobody holds any more'
  if (result.outcome === 'revoked')
    record(parts, { atMs: nowMs, event: 'upstream_revoked', cause, generation })
  if (result.outcome === 'failed' && !again) {
    const { code } = result
    record(parts, { atMs: nowMs, event: 'upstream_revoke_failed', cause, code, generation })
  }
}

/** When nobody holds a lease of a token any more. */
export function leasesEndMs(
  { definition }: TokenParts,
  token: HeldToken | undefined,
  nowMs: number,
): number {
  const leaseEndsMs = nowMs + (definition.facts?.policy.maxLeaseAgeMs ?? 0)
  return Math.min(leaseEndsMs, Math.max(nowMs, token?.expiresAtMs ?? leaseEndsMs))
}
