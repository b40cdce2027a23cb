import type { MintedToken, RevokeResult } from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { retryWaitMs } from '../../src/contract/wait.js'
import { forgetGiven } from './given-credentials.js'
import { changeHealth, tell } from './life-story.js'
import { backOffMs } from './refresh-outcomes.js'
import type { TokenSnapshot } from './token-snapshot.js'

/** What was revoked here and is to be revoked at the provider: erased when that is over. */
export interface Ending {
  readonly grant?: Sealed | undefined
  readonly token?: Sealed | undefined
  readonly tries: number
  readonly retryAtMs?: number
}

const REVOKE_TRIES = 3
/** How long a new credential waits until the provider has been told of the old one. */
const LONGEST_DELAY_MS = 10_000

/**
 * Revokes: no request is served from now on, and nothing is kept that could get a token, but for what
 * the provider has to be told.
 */
export function revoke(snapshot: TokenSnapshot, nowMs: number, atProvider: boolean): void {
  const { grant, token } = snapshot
  if (atProvider && (grant !== undefined || token !== undefined)) {
    snapshot.ending = {
      tries: 0,
      ...(grant === undefined ? {} : { grant }),
      ...(token === undefined ? {} : { token: token.sealed }),
    }
    snapshot.revocation = { outcome: 'pending' }
  }
  delete snapshot.token
  delete snapshot.grant
  delete snapshot.keptAnswers
  delete snapshot.openSinceMs
  delete snapshot.failing
  delete snapshot.forced
  delete snapshot.retryAtMs
  delete snapshot.doubt
  delete snapshot.account
  delete snapshot.granted
  forgetGiven(snapshot)
  delete snapshot.authorizations
  snapshot.rotations = []
  const { generation } = snapshot
  tell(snapshot, { atMs: nowMs, event: 'revoked', cause: 'operator', generation })
  changeHealth(snapshot, 'revoked', { kind: 'revoked' }, nowMs)
}

/** A token that was under way when the connection was revoked: it is this one, with its grant, that lives. */
export function endInstead(
  snapshot: TokenSnapshot,
  { grant, token }: Pick<MintedToken, 'grant' | 'token'>,
): void {
  if (snapshot.ending !== undefined) snapshot.ending = { ...snapshot.ending, grant, token }
}

/**
 * A new credential does not wait for a provider that wants to be told later: told after it has come, it
 * might end the new grant as well.
 */
export function settleEnding(snapshot: TokenSnapshot, nowMs: number): void {
  const { ending, rotations, generation, connection } = snapshot
  if (rotations.length === 0 || (ending?.retryAtMs ?? 0) <= nowMs + LONGEST_DELAY_MS) return
  const code = 'RateLimited'
  const message = `the provider asked to wait before it is told that ${connection} was revoked, and a new credential came first: end the old grant at the provider by hand`
  delete snapshot.ending
  snapshot.revocation = { outcome: 'failed', code, message }
  tell(snapshot, { atMs: nowMs, event: 'upstream_revoke_failed', code, cause: message, generation })
}

/** Takes in what the provider said. It changes nothing for flows: they are denied already. */
export function applyRevocation(
  snapshot: TokenSnapshot,
  result: RevokeResult,
  nowMs: number,
  random: number,
): void {
  const { ending, generation } = snapshot
  if (ending === undefined) return
  const tries = ending.tries + 1
  if (result.outcome === 'failed' && tries < REVOKE_TRIES) {
    const waitMs = retryWaitMs(result.retryAfterMs, backOffMs(tries, random))
    snapshot.ending = { ...ending, tries, retryAtMs: nowMs + waitMs }
    return
  }
  delete snapshot.ending
  snapshot.revocation =
    result.outcome === 'failed'
      ? { outcome: 'failed', code: result.code, message: result.message }
      : result
  const event = { atMs: nowMs, generation }
  if (result.outcome === 'revoked') tell(snapshot, { ...event, event: 'upstream_revoked' })
  if (result.outcome === 'failed') {
    const { code, message: cause } = result
    tell(snapshot, { ...event, event: 'upstream_revoke_failed', code, cause, attempt: tries })
  }
}
