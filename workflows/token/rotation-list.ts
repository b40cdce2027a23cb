import { retryWaitMs } from '../../src/contract/wait.js'
import { tell } from './life-story.js'
import { leaveBehind } from './leftovers.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'

/** How many new credentials may wait for their turn. */
export const MAX_ROTATIONS = 20

/** Who asks by update waits so long for what comes of it. A client gives up after a minute. */
export const ANSWERS_WITHIN_MS = 45_000

/** A wait that is told to people, and that a later credential may cut short. */
export const LONG_DELAY_MS = 10_000

/** What came of a rotation: for the one who asked by update. Absent: it is not over. */
export type RotationEnd =
  | { readonly ok: true; readonly unchanged?: true }
  | { readonly ok: false; readonly code: string; readonly message: string }

export function replaceRotation(snapshot: TokenSnapshot, rotation: Rotation, next: Rotation): void {
  snapshot.rotations = snapshot.rotations.map((one) => (one.id === rotation.id ? next : one))
}

export function removeRotation(snapshot: TokenSnapshot, rotation: Rotation): void {
  snapshot.rotations = snapshot.rotations.filter((one) => one.id !== rotation.id)
}

/** Ends a rotation that can't be carried out. */
export function refuseRotation(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  why: { readonly code: string; readonly message: string },
  nowMs: number,
): RotationEnd {
  removeRotation(snapshot, rotation)
  tell(snapshot, {
    atMs: nowMs,
    event: 'rotation_refused',
    cause: why.message,
    code: why.code,
    generation: snapshot.generation,
  })
  return { ok: false, code: why.code, message: why.message }
}

/** Ends an authorization whose provider asks to wait: the code will be dead by then (RFC 6749 section 4.1.2: ten minutes at most). */
export function refuseCode(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  {
    message,
    retryAfterMs,
  }: { readonly message: string; readonly retryAfterMs?: number | undefined },
  nowMs: number,
): RotationEnd {
  const at = new Date(nowMs + retryWaitMs(retryAfterMs, 0)).toISOString()
  const told = `${message} The provider asks to wait until ${at}, and no code lives that long: begin the authorization of ${snapshot.connection} again then.`
  return refuseRotation(snapshot, rotation, { code: 'RateLimited', message: told }, nowMs)
}

/** A later credential has become current: those that were given before it must not come after it. */
export function dropOlder(snapshot: TokenSnapshot, rotation: Rotation, nowMs: number): void {
  const at = snapshot.rotations.findIndex(({ id }) => id === rotation.id)
  for (const older of snapshot.rotations.slice(0, Math.max(0, at))) drop(snapshot, older, nowMs)
}

/**
 * The same credential, given again, is tried in place of the one that waits for its provider. What the
 * earlier tries may have done to it is kept in mind.
 */
export function takeOverFromSame(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  mark: string | undefined,
  nowMs: number,
): Pick<Rotation, 'prior' | 'openSinceMs'> {
  const { prior, openSinceMs } = rotation
  const own = { prior, ...(openSinceMs === undefined ? {} : { openSinceMs }) }
  const same = snapshot.rotations.find(
    (one) => one.id !== rotation.id && one.mark === mark && isDelayed(one, nowMs),
  )
  if (mark === undefined || same === undefined || same.minted !== undefined) return own
  drop(snapshot, same, nowMs)
  return {
    prior: same.prior,
    ...(same.openSinceMs === undefined ? {} : { openSinceMs: same.openSinceMs }),
  }
}

/** Makes room for another credential: the one that has waited longest for its provider goes. Says whether one went. */
export function dropDelayed(snapshot: TokenSnapshot, nowMs: number): boolean {
  const oldest = snapshot.rotations.find((one) => isDelayed(one, nowMs) && one.minted === undefined)
  if (oldest !== undefined) drop(snapshot, oldest, nowMs)
  return oldest !== undefined
}

/** To the one who gave it. */
export function supersededMessage({ connection }: Pick<TokenSnapshot, 'connection'>): string {
  return `A credential of ${connection} that was given later has taken the place of this one, which is not tried any more: give it again where it is the right one.`
}

function isDelayed({ retryAtMs = 0 }: Rotation, nowMs: number): boolean {
  return retryAtMs > nowMs + LONG_DELAY_MS
}

function drop(snapshot: TokenSnapshot, older: Rotation, nowMs: number): void {
  const { source, minted } = older
  // A credential that was given may be of the grant that lives; an authorization is one of its own.
  if ('authorization' in source)
    leaveBehind(snapshot, { grant: minted?.grant, token: minted?.token.sealed }, nowMs)
  const message = supersededMessage(snapshot)
  refuseRotation(snapshot, older, { code: 'Superseded', message }, nowMs)
}
