import {
  AUTHORIZATION_LIFETIME_MS,
  type AuthorizationCode,
  type BeginAuthorization,
  type CompleteAuthorization,
} from '../../src/contract/authorization.js'
import type { AuthorizationSource } from '../../src/contract/credential.js'
import type { AuthorizationUrlResult } from '../../src/contract/token-activities.js'
import { utf8Length } from '../../src/contract/outside-values.js'
import { authorizationRefusal } from './authorization-refusal.js'
import { tell } from './life-story.js'
import type { TokenSnapshot } from './token-snapshot.js'

/** An authorization that was begun. What is over is remembered for a while, to say why it is. */
export type Authorization = { readonly stateHash: string; readonly begunAtMs: number } & (
  | ({ readonly is: 'waiting' } & Omit<BeginAuthorization, 'stateHash' | 'codeChallenge'> &
      Pick<Extract<AuthorizationUrlResult, { ok: true }>, 'issuer' | 'codeParameter'>)
  | { readonly is: 'used' | 'expired' }
)
type Waiting = Extract<Authorization, { is: 'waiting' }>

/** How many authorizations of one connection are remembered. */
export const MAX_AUTHORIZATIONS = 20
const AUTHORIZATIONS_BYTES = 192 * 1024
const REMEMBERED_MS = 24 * 3_600_000

/** Why an authorization came to nothing. */
export interface AuthorizationRefusal {
  readonly ok: false
  readonly code: AuthorizationCode
  readonly message: string
}

/** Those that wait for their callback. */
export function waitingAuthorizations(snapshot: TokenSnapshot, nowMs: number): readonly Waiting[] {
  return (snapshot.authorizations ?? []).filter(
    (one): one is Waiting => one.is === 'waiting' && !isTooOld(one, nowMs),
  )
}

/** Says why no further one can be begun, or nothing. */
export function noRoomForAuthorization(
  snapshot: TokenSnapshot,
  begun: BeginAuthorization,
  nowMs: number,
): string | undefined {
  const waiting = waitingAuthorizations(snapshot, nowMs)
  if (waiting.length < MAX_AUTHORIZATIONS) {
    if (utf8Length(JSON.stringify([...waiting, begun])) <= AUTHORIZATIONS_BYTES) return undefined
    return `The authorizations of ${snapshot.connection} that wait for their callback are too large to remember another one: let one of them end, which takes 10 minutes at most.`
  }
  return `${String(MAX_AUTHORIZATIONS)} authorizations of ${snapshot.connection} wait for their callback: let one of them end, which takes 10 minutes at most.`
}

/** Keeps what a callback has to be compared and joined with. */
export function keepAuthorization(
  snapshot: TokenSnapshot,
  { codeChallenge: _sent, ...begun }: BeginAuthorization,
  { issuer, codeParameter }: Extract<AuthorizationUrlResult, { ok: true }>,
  nowMs: number,
): void {
  tidy(snapshot, nowMs)
  const kept: Waiting = {
    is: 'waiting',
    begunAtMs: nowMs,
    ...begun,
    ...(issuer === undefined ? {} : { issuer }),
    ...(codeParameter === undefined ? {} : { codeParameter }),
  }
  const others = snapshot.authorizations ?? []
  const over = others.filter(({ is }) => is !== 'waiting')
  const room = Math.max(0, MAX_AUTHORIZATIONS - 1 - (others.length - over.length))
  const dropped = new Set(over.slice(0, Math.max(0, over.length - room)))
  snapshot.authorizations = [...others.filter((one) => !dropped.has(one)), kept]
  tell(snapshot, { atMs: nowMs, event: 'authorization_begun', generation: snapshot.generation })
}

/** Why a callback can't be taken in at all, before anything of it is looked at. */
export function deadCallback(
  snapshot: TokenSnapshot,
  stateHash: string,
  nowMs: number,
): AuthorizationRefusal | undefined {
  const found = snapshot.authorizations?.find((one) => one.stateHash === stateHash)
  if (found === undefined) return authorizationRefusal(snapshot, 'AuthorizationStateUnknown')
  if (found.is === 'used') return authorizationRefusal(snapshot, 'AuthorizationUsed')
  if (found.is === 'expired' || isTooOld(found, nowMs))
    return authorizationRefusal(snapshot, 'AuthorizationExpired')
  return undefined
}

/** Takes in a callback: whatever comes of it, its authorization is used up. */
export function takeCallback(
  snapshot: TokenSnapshot,
  message: CompleteAuthorization,
  nowMs: number,
): { readonly ok: true; readonly source: AuthorizationSource } | AuthorizationRefusal {
  const dead = deadCallback(snapshot, message.stateHash, nowMs)
  tidy(snapshot, nowMs)
  if (dead !== undefined) return dead
  const begun = snapshot.authorizations?.find((one) => one.stateHash === message.stateHash)
  if (begun?.is !== 'waiting') return authorizationRefusal(snapshot, 'AuthorizationUsed')
  endAs(snapshot, begun, 'used')
  const wrong = wrongCallback(snapshot, begun, message)
  if (wrong !== undefined) {
    const { code, message: cause } = wrong
    const { generation } = snapshot
    tell(snapshot, { atMs: nowMs, event: 'authorization_refused', code, cause, generation })
    return wrong
  }
  // An error of the provider is wrong above.
  if ('error' in message.answer) return authorizationRefusal(snapshot, 'AuthorizationFailed')
  const { sealedVerifier, redirectUri, codeParameter, variables, scope } = begun
  const { sealed } = message.answer
  return {
    ok: true,
    source: {
      sealed,
      ...(begun.allowOtherAccount === true ? { allowOtherAccount: true } : {}),
      authorization: {
        sealedVerifier,
        redirectUri,
        ...(codeParameter === undefined ? {} : { codeParameter }),
        ...(variables === undefined ? {} : { variables }),
        ...(scope === undefined ? {} : { scope }),
      },
    },
  }
}

const DENIED = /^(?:access_denied|user_denied|user_cancelled\w*|consent_required)$/

function wrongCallback(
  snapshot: TokenSnapshot,
  begun: Waiting,
  { bindingHash, redirectUri, iss, answer }: CompleteAuthorization,
): AuthorizationRefusal | undefined {
  if (begun.bindingHash !== bindingHash)
    return authorizationRefusal(snapshot, 'AuthorizationOfSomeoneElse')
  // RFC 9700 section 4.4.2.2: an answer to another redirect URI is another server's.
  const { issuer } = begun
  const foreign = iss === undefined ? issuer?.required === true : mismatch(issuer?.value, iss)
  if (foreign || begun.redirectUri !== redirectUri)
    return authorizationRefusal(snapshot, 'IssuerMismatch')
  if (!('error' in answer)) return undefined
  const code = DENIED.test(answer.error) ? 'AuthorizationDenied' : 'AuthorizationFailed'
  return authorizationRefusal(snapshot, code, answer.error)
}

/** Compared as texts (RFC 9207 section 2.4). Where no issuer is known there is nothing to compare with. */
function mismatch(known: string | undefined, iss: string): boolean {
  return known !== undefined && known !== iss
}

function isTooOld({ begunAtMs }: Authorization, nowMs: number): boolean {
  return nowMs >= begunAtMs + AUTHORIZATION_LIFETIME_MS
}

/** Forgets the verifiers of those that came to nothing, and after a day that they ever were. */
function tidy(snapshot: TokenSnapshot, nowMs: number): void {
  snapshot.authorizations = (snapshot.authorizations ?? [])
    .filter(({ begunAtMs }) => nowMs < begunAtMs + REMEMBERED_MS)
    .map((one) => (one.is === 'waiting' && isTooOld(one, nowMs) ? toOver(one, 'expired') : one))
}

/** Forgets all that waits for a callback; whoever comes back is told that it took too long. */
export function expireAuthorizations(snapshot: TokenSnapshot): void {
  snapshot.authorizations = (snapshot.authorizations ?? []).map((one) =>
    one.is === 'waiting' ? toOver(one, 'expired') : one,
  )
}

function toOver({ stateHash, begunAtMs }: Waiting, is: 'used' | 'expired'): Authorization {
  return { stateHash, begunAtMs, is }
}

function endAs(snapshot: TokenSnapshot, begun: Waiting, is: 'used' | 'expired'): void {
  snapshot.authorizations = (snapshot.authorizations ?? []).map((one) =>
    one === begun ? toOver(begun, is) : one,
  )
}
