import type { Actor } from '../../src/contract/actor.js'
import type { MintedToken, RevokeResult } from '../../src/contract/token-activities.js'
import { retryWaitMs } from '../../src/contract/wait.js'
import { changeHealth, record } from './life-story.js'
import { forgetGrant } from './parts/grant.js'
import { leaveBehind } from './leftovers.js'
import { forgetTries } from './parts/refresh.js'
import { beginRevocation, continueRevocation, endRevocation } from './parts/revocation.js'
import { forgetToken } from './parts/token.js'
import { backOffMs } from './refresh-outcomes.js'
import type { TokenParts } from './token-parts.js'

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
