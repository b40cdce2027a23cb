import { type Sealed, sealedKeyId, type SealPurpose } from '../../src/contract/sealed.js'
import type { Actor } from '../../src/contract/actor.js'
import type { ResealResult, SealedValue } from '../../src/contract/sealed.js'
import { record } from './life-story.js'
import { endBackOff, forceRefresh, wishRefresh } from './parts/refresh.js'
import { isRefused, refuseToken } from './parts/token.js'
import type { TokenParts } from './token-parts.js'
import type { KeptAnswer } from './parts/grant.js'
import type { Rotation } from './parts/rotations.js'

const KEY_CHECK = 'sealing key missing'

/** The sealing keys without which the connection can't go on. */
function keysInUse({ grant, token }: TokenParts): string[] {
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

/** The sealed values that a connection keeps beyond one message, each of them once. */
export function sealedValues({ grant, token }: TokenParts): readonly SealedValue[] {
  const { keptAnswers = [] } = grant
  const found = new Map<Sealed, SealPurpose>()
  const add = (sealed: Sealed | undefined, purpose: SealPurpose): void => {
    if (sealed !== undefined) found.set(sealed, purpose)
  }
  add(grant.sealed, 'grant')
  add(grant.markKey, 'mark-key')
  add(token.held?.sealed, 'token')
  for (const kept of keptAnswers) {
    add(kept.sealed, 'answer')
    add(kept.grant, 'grant')
    add(kept.rotation?.grant, 'grant')
  }
  return [...found].map(([sealed, purpose]) => ({ sealed, purpose }))
}

/** Replaces each value by its newly sealed form. A value that has changed meanwhile stays as it is. */
export function applyResealed(
  parts: TokenParts,
  before: readonly SealedValue[],
  { values, keyId }: ResealResult,
  nowMs: number,
  by?: Actor,
): void {
  const anew = new Map(before.map(({ sealed }, index) => [sealed, values[index] ?? sealed]))
  const toNew = <T extends Sealed | undefined>(sealed: T): T =>
    sealed === undefined ? sealed : ((anew.get(sealed) ?? sealed) as T)
  // An answer that is kept is found by the grant of the rotation that waits for it.
  const toNewRotation = (rotation: Rotation): Rotation => ({
    ...rotation,
    grant: toNew(rotation.grant),
    minted: rotation.minted && { ...rotation.minted, grant: toNew(rotation.minted.grant) },
  })
  const toNewKept = (kept: KeptAnswer): KeptAnswer => ({
    ...kept,
    sealed: toNew(kept.sealed),
    grant: toNew(kept.grant),
    rotation: kept.rotation && toNewRotation(kept.rotation),
  })
  const { grant, token } = parts
  const { held } = token
  parts.grant = {
    ...grant,
    sealed: toNew(grant.sealed),
    markKey: toNew(grant.markKey),
    keptAnswers: grant.keptAnswers?.map(toNewKept),
  }
  parts.rotations = parts.rotations.map(toNewRotation)
  parts.token = { ...token, held: held && { ...held, sealed: toNew(held.sealed) } }
  const changed = before.filter(({ sealed }, index) => sealed !== values[index]).length
  if (changed === 0) return
  const cause = `${changed} values with key ${keyId}`
  record(parts, { atMs: nowMs, event: 'resealed', cause, generation: token.generation, by })
}

/** The ids of all keys that something is sealed with: those keys must stay. */
export function keysHeld(parts: TokenParts): readonly string[] {
  const { rotations, revocation } = parts
  const others = [
    ...rotations.flatMap(({ source, grant, minted }) => [
      'sealed' in source ? source.sealed : undefined,
      grant,
      minted?.grant,
      minted?.token.sealed,
    ]),
    ...[revocation.pending, ...(revocation.leftovers ?? [])].map((ending) => ending?.grant),
  ].filter((sealed) => sealed !== undefined)
  const sealed = [...sealedValues(parts).map((value) => value.sealed), ...others]
  return [...new Set(sealed.map(sealedKeyId).filter((id) => id !== ''))].sort()
}
