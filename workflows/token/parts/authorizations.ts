import {
  AUTHORIZATION_LIFETIME_MS,
  type BeginAuthorization,
} from '../../../src/contract/authorization.js'
import { utf8Length } from '../../../src/contract/outside-values.js'
import type { AuthorizationUrlResult } from '../../../src/contract/token-activities.js'

/** An authorization that was begun. One that is over is kept for a while, so that a late callback learns why. */
export type Authorization = { readonly stateHash: string; readonly begunAtMs: number } & (
  | ({ readonly kind: 'waiting' } & Omit<BeginAuthorization, 'stateHash' | 'codeChallenge'> &
      Pick<Extract<AuthorizationUrlResult, { outcome: 'made' }>, 'issuer' | 'codeParameter'>)
  | { readonly kind: 'used' | 'expired' }
)
export type WaitingAuthorization = Extract<Authorization, { kind: 'waiting' }>

/** Oldest first. */
export type AuthorizationsPart = readonly Authorization[]

/** How many authorizations of one connection are remembered. */
export const MAX_AUTHORIZATIONS = 20
const AUTHORIZATIONS_BYTES = 192 * 1024
const REMEMBERED_MS = 24 * 3_600_000

/** The authorizations that wait for their callback. */
export function waitingAuthorizations(
  part: AuthorizationsPart,
  nowMs: number,
): readonly WaitingAuthorization[] {
  return part.filter(
    (one): one is WaitingAuthorization => one.kind === 'waiting' && !isTooOld(one, nowMs),
  )
}

/** What another one would be too many or too large for, where it would be. */
export function lacksRoom(
  part: AuthorizationsPart,
  begun: BeginAuthorization,
  nowMs: number,
): 'count' | 'bytes' | undefined {
  const waiting = waitingAuthorizations(part, nowMs)
  if (waiting.length >= MAX_AUTHORIZATIONS) return 'count'
  const bytes = utf8Length(JSON.stringify([...waiting, begun]))
  return bytes <= AUTHORIZATIONS_BYTES ? undefined : 'bytes'
}

/** Keeps what a callback has to be compared and joined with. */
export function addAuthorization(
  part: AuthorizationsPart,
  { codeChallenge: _sent, ...begun }: BeginAuthorization,
  { issuer, codeParameter }: Extract<AuthorizationUrlResult, { outcome: 'made' }>,
  nowMs: number,
): AuthorizationsPart {
  const others = tidyAuthorizations(part, nowMs)
  const over = others.filter(({ kind }) => kind !== 'waiting')
  const room = Math.max(0, MAX_AUTHORIZATIONS - 1 - (others.length - over.length))
  const dropped = new Set(over.slice(0, Math.max(0, over.length - room)))
  const kept = { kind: 'waiting', begunAtMs: nowMs, ...begun, issuer, codeParameter } as const
  return [...others.filter((one) => !dropped.has(one)), kept]
}

export function findAuthorization(
  part: AuthorizationsPart,
  stateHash: string,
): Authorization | undefined {
  return part.find((one) => one.stateHash === stateHash)
}

export function isTooOld({ begunAtMs }: Authorization, nowMs: number): boolean {
  return nowMs >= begunAtMs + AUTHORIZATION_LIFETIME_MS
}

/** Forgets the verifiers of those that came to nothing, and after a day that they ever were. */
export function tidyAuthorizations(part: AuthorizationsPart, nowMs: number): AuthorizationsPart {
  return part
    .filter(({ begunAtMs }) => nowMs < begunAtMs + REMEMBERED_MS)
    .map((one) => (one.kind === 'waiting' && isTooOld(one, nowMs) ? toOver(one, 'expired') : one))
}

/** Forgets all that waits for a callback; whoever comes back is told that it took too long. */
export function expireAuthorizations(part: AuthorizationsPart): AuthorizationsPart {
  return part.map((one) => (one.kind === 'waiting' ? toOver(one, 'expired') : one))
}

/** Its callback has come: each is good for one. */
export function useAuthorization(
  part: AuthorizationsPart,
  begun: WaitingAuthorization,
): AuthorizationsPart {
  return part.map((one) => (one === begun ? toOver(begun, 'used') : one))
}

function toOver({ stateHash, begunAtMs }: Authorization, kind: 'used' | 'expired'): Authorization {
  return { stateHash, begunAtMs, kind }
}
