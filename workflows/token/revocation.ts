import type { Actor } from '../../src/contract/actor.js'
import type { MintedToken, RevokeResult } from '../../src/contract/token-activities.js'
import { retryWaitMs } from '../../src/contract/wait.js'
import { changeHealth, record } from './life-story.js'
import { forgetGrant } from './parts/grant.js'
import { forgetTries } from './parts/refresh.js'
import {
  addLeftover,
  beginRevocation,
  continueRevocation,
  endRevocation,
  nextLeftover,
  replaceLeftover,
  type UpstreamRevocation,
} from './parts/revocation.js'
import { forgetToken, type HeldToken } from './parts/token.js'
import { backOffMs } from './refresh-outcomes.js'
import type { TokenParts } from './token-parts.js'
import type { Due } from './work.js'

const REVOKE_TRIES = 3
/** How long a new credential waits until the provider has been told of the old one. */
const LONGEST_DELAY_MS = 10_000

/**
 * Revokes: no request is served from now on, and nothing is kept that could get a token, but for what
 * the provider has to be told.
 */
export function revokeConnection(
  parts: TokenParts,
  nowMs: number,
  { atProvider, by }: { readonly atProvider: boolean; readonly by?: Actor | undefined },
): void {
  const { sealed: grant } = parts.grant
  const { held, generation } = parts.token
  const { rotations } = parts
  if (atProvider && (grant !== undefined || held !== undefined))
    parts.revocation = beginRevocation(parts.revocation, { grant, token: held?.sealed })
  parts.token = forgetToken(parts.token)
  parts.grant = forgetGrant(parts.grant)
  parts.refresh = forgetTries(parts.refresh)
  parts.authorizations = []
  parts.rotations = []
  for (const { minted } of rotations)
    if (minted !== undefined && minted.grant !== grant)
      endToo(parts, { grant: minted.grant, token: minted.token.sealed }, nowMs)
  record(parts, { atMs: nowMs, event: 'revoked', cause: 'operator', generation, by })
  changeHealth(parts, 'revoked', { kind: 'revoked' }, nowMs)
}

/**
 * A token arrived that was under way when the connection was revoked. It and its grant are what still lives at
 * the provider: they are revoked in place of the ones before.
 */
export function endInstead(
  parts: TokenParts,
  { grant, token }: Pick<MintedToken, 'grant' | 'token'>,
): void {
  parts.revocation = continueRevocation(parts.revocation, { grant, token })
}

/** The grant of a new credential that was not yet taken in when the connection was revoked: it has to end as well. */
export function endToo(
  parts: TokenParts,
  { grant, token }: Pick<MintedToken, 'grant' | 'token'>,
  nowMs: number,
): void {
  const { revocation, definition } = parts
  if (revocation.pending !== undefined) leaveBehind(parts, { grant, token }, nowMs)
  else if (definition.facts?.revokes === true)
    parts.revocation = beginRevocation(revocation, { grant, token })
}

/**
 * A new credential does not wait for a provider that wants the revocation later. A revocation that is sent
 * after the new grant has come might end that one as well.
 */
export function settleEnding(parts: TokenParts, nowMs: number): void {
  const { rotations, token, connection, revocation } = parts
  const { retryAtMs = 0 } = revocation.pending ?? {}
  if (rotations.length === 0 || retryAtMs <= nowMs + LONGEST_DELAY_MS) return
  const code = 'RateLimited'
  const message = `the provider asked to wait before it is told that ${connection} was revoked, and a new credential came first: end the old grant at the provider by hand`
  parts.revocation = endRevocation(revocation, { outcome: 'failed', code, message })
  const { generation } = token
  record(parts, { atMs: nowMs, event: 'upstream_revoke_failed', code, cause: message, generation })
}

/** Takes in what the provider said. It changes nothing for flows: they are denied already. */
export function applyRevocation(
  parts: TokenParts,
  result: RevokeResult,
  nowMs: number,
  random: number,
): void {
  const { revocation, token } = parts
  if (revocation.pending === undefined) return
  const tries = revocation.pending.tries + 1
  if (result.outcome === 'failed' && tries < REVOKE_TRIES) {
    const retryAtMs = nowMs + retryWaitMs(result.retryAfterMs, backOffMs(tries, random))
    parts.revocation = continueRevocation(revocation, { tries, retryAtMs })
    return
  }
  const event = { atMs: nowMs, generation: token.generation }
  if (result.outcome === 'failed') {
    const { outcome, code, message } = result
    parts.revocation = endRevocation(revocation, { outcome, code, message })
    const cause = message
    record(parts, { ...event, event: 'upstream_revoke_failed', code, cause, attempt: tries })
    return
  }
  parts.revocation = endRevocation(revocation, result)
  if (result.outcome === 'revoked') record(parts, { ...event, event: 'upstream_revoked' })
}

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
