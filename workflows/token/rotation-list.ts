import { retryWaitMs } from '../../src/contract/wait.js'
import { jsonBytes } from './carried.js'
import { record } from './life-story.js'
import { applyDetails } from './operator-commands.js'
import { leaveBehind } from './revocation.js'
import {
  addRotation,
  isDelayed,
  MAX_ROTATIONS,
  olderRotations,
  oldestDelayed,
  removeRotation,
  type Rotation,
} from './parts/rotations.js'
import type { TokenParts } from './token-parts.js'

/** Who asks by update waits so long for what comes of it. A client gives up after a minute. */
export const ANSWERS_WITHIN_MS = 45_000

/** What came of a rotation: for the one who asked by update. Absent: it is not over. */
export type RotationEnd =
  | { readonly outcome: 'done'; readonly unchanged?: true }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

/** What may be remembered of new credentials that wait for their turn. */
const ROTATIONS_BYTES = 384 * 1024

/** Queues a new credential, or says why it is not taken. */
export function queueRotation(
  parts: TokenParts,
  rotation: Rotation,
  nowMs: number,
): string | undefined {
  if (parts.health.kind === 'revoked' && rotation.as === 'rotate')
    return `${parts.connection} is revoked; connect it anew`
  const isFull = (): boolean => parts.rotations.length >= MAX_ROTATIONS
  const isTooLarge = (): boolean => jsonBytes([...parts.rotations, rotation]) > ROTATIONS_BYTES
  while ((isFull() || isTooLarge()) && dropDelayed(parts, nowMs));
  if (isFull()) return `${MAX_ROTATIONS} new credentials wait already`
  if (isTooLarge()) return `the new credentials that wait already are too large to take another one`
  parts.rotations = addRotation(parts.rotations, rotation)
  parts.removing = undefined
  // Who looks for it by its tags finds it although it does not work yet; one that works is changed by what works.
  if (parts.health.kind === 'pending') applyDetails(parts, rotation.details, nowMs, rotation.by)
  return undefined
}

/** Ends a rotation that can't be carried out. */
export function refuseRotation(
  parts: TokenParts,
  rotation: Rotation,
  { code, message }: { readonly code: string; readonly message: string },
  nowMs: number,
): RotationEnd {
  parts.rotations = removeRotation(parts.rotations, rotation)
  const { generation } = parts.token
  const { by } = rotation
  record(parts, { atMs: nowMs, event: 'rotation_refused', cause: message, code, generation, by })
  return { outcome: 'refused', code, message }
}

/** Ends an authorization whose provider asks to wait: the code will be dead by then (RFC 6749 section 4.1.2: ten minutes at most). */
export function refuseCode(
  parts: TokenParts,
  rotation: Rotation,
  {
    message,
    retryAfterMs,
  }: { readonly message: string; readonly retryAfterMs?: number | undefined },
  nowMs: number,
): RotationEnd {
  const at = new Date(nowMs + retryWaitMs(retryAfterMs, 0)).toISOString()
  const why = `${message} The provider asks to wait until ${at}, and no code lives that long: begin the authorization of ${parts.connection} again then.`
  return refuseRotation(parts, rotation, { code: 'RateLimited', message: why }, nowMs)
}

/** A later credential has become current: those that were given before it must not come after it. */
export function dropOlder(parts: TokenParts, rotation: Rotation, nowMs: number): void {
  for (const older of olderRotations(parts.rotations, rotation)) drop(parts, older, nowMs)
}

/**
 * The same credential, given again, is tried in place of the one that waits for its provider. What the
 * earlier tries may have done to it is kept in mind.
 */
export function takeOverFromSame(
  parts: TokenParts,
  rotation: Rotation,
  mark: string | undefined,
  nowMs: number,
): Pick<Rotation, 'prior' | 'openSinceMs'> {
  const { prior, openSinceMs } = rotation
  const same = parts.rotations.find(
    (one) => one.id !== rotation.id && one.mark === mark && isDelayed(one, nowMs),
  )
  if (mark === undefined || same === undefined || same.minted !== undefined)
    return { prior, openSinceMs }
  drop(parts, same, nowMs)
  return { prior: same.prior, openSinceMs: same.openSinceMs }
}

/** Makes room for another credential: the one that has waited longest for its provider goes. Says whether one went. */
function dropDelayed(parts: TokenParts, nowMs: number): boolean {
  const oldest = oldestDelayed(parts.rotations, nowMs)
  if (oldest !== undefined) drop(parts, oldest, nowMs)
  return oldest !== undefined
}

/** To the one who gave it. */
export function supersededMessage({ connection }: Pick<TokenParts, 'connection'>): string {
  return `A credential of ${connection} that was given later has taken the place of this one, which is not tried any more: give it again where it is the right one.`
}

function drop(parts: TokenParts, older: Rotation, nowMs: number): void {
  const { source, minted } = older
  // A credential that was given may be of the grant that lives; an authorization is one of its own.
  if ('authorization' in source)
    leaveBehind(parts, { grant: minted?.grant, token: minted?.token.sealed }, nowMs)
  const message = supersededMessage(parts)
  refuseRotation(parts, older, { code: 'Superseded', message }, nowMs)
}
