import { sealedKeyId } from '../../src/contract/sealed.js'
import { record } from './life-story.js'
import { endBackOff, forceRefresh, wishRefresh } from './parts/refresh.js'
import { isRefused, refuseToken } from './parts/token.js'
import type { TokenParts } from './token-parts.js'

const KEY_CHECK = 'sealing key missing'

/** The sealing keys without which the connection can't go on. */
export function keysInUse({ grant, token }: TokenParts): string[] {
  const sealed = [grant.sealed, token.held?.sealed].filter((value) => value !== undefined)
  return [...new Set(sealed.map(sealedKeyId).filter((id) => id !== ''))]
}

/**
 * A keeper worker reports which keys it has. Where one in use is not among them, getting a token shows
 * whether any worker has it; where that had failed for a key that is back, it is tried at once.
 */
export function noticeKeys(parts: TokenParts, keyIds: readonly string[]): void {
  const { refresh, health } = parts
  const isMissing = keysInUse(parts).some((id) => !keyIds.includes(id))
  if (isMissing && health.kind === 'active') parts.refresh = wishRefresh(refresh, KEY_CHECK)
  else if (!isMissing && refresh.lastFailure?.code === 'KeyMissing')
    parts.refresh = endBackOff(refresh)
}

/** A worker could not open the token: nothing was sent. It is got anew, whatever its kind. */
export function noticeUnopened(parts: TokenParts, keyId: string, nowMs: number): void {
  const { token } = parts
  // A report about another token than the current one changes nothing, whoever sends it.
  if (token.held === undefined || sealedKeyId(token.held.sealed) !== keyId) return
  if (isRefused(token)) return
  record(parts, {
    atMs: nowMs,
    event: 'warning',
    cause: `a keeper worker lacks the sealing key ${keyId}`,
    code: 'KeyMissing',
    generation: token.generation,
  })
  parts.token = refuseToken(token)
  const forced = forceRefresh(parts.refresh, KEY_CHECK)
  parts.refresh = forced.lastFailure?.code === 'KeyMissing' ? forced : endBackOff(forced)
}
