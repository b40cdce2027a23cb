import { sealedKeyId } from '../../src/contract/sealed.js'
import { tell } from './life-story.js'
import type { TokenSnapshot } from './token-snapshot.js'

/** The sealing keys without which the connection can't go on. */
export function keysInUse({ grant, token }: TokenSnapshot): string[] {
  const sealed = [grant, token?.sealed].filter((value) => value !== undefined)
  return [...new Set(sealed.map(sealedKeyId).filter((id) => id !== ''))]
}

/**
 * A keeper worker tells which keys it has. Where one in use is not among them, getting a token shows
 * whether any worker has it; where that had failed for a key that is back, it is tried at once.
 */
export function noticeKeys(snapshot: TokenSnapshot, keyIds: readonly string[]): void {
  const { failing, health } = snapshot
  const isMissing = keysInUse(snapshot).some((id) => !keyIds.includes(id))
  if (isMissing && health.kind === 'active') snapshot.forced ??= KEY_CHECK
  else if (!isMissing && failing?.code === 'KeyMissing') delete snapshot.retryAtMs
}

/** A worker could not open the token: nothing was sent. It is got anew, whatever its kind. */
export function noticeUnopened(snapshot: TokenSnapshot, keyId: string, nowMs: number): void {
  const { token, generation } = snapshot
  // Of another token than this one, whoever tells it.
  if (token === undefined || sealedKeyId(token.sealed) !== keyId) return
  if (snapshot.rejectedGeneration === generation) return
  tell(snapshot, {
    atMs: nowMs,
    event: 'warning',
    cause: `a keeper worker lacks the sealing key ${keyId}`,
    code: 'KeyMissing',
    generation,
  })
  snapshot.rejectedGeneration = generation
  snapshot.forced = KEY_CHECK
  if (snapshot.failing?.code === 'KeyMissing') return
  delete snapshot.retryAtMs
}

const KEY_CHECK = 'sealing key missing'
