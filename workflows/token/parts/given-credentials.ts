import type { MintedToken, PrepareResult } from '../../../src/contract/token-activities.js'
import type { MarkedCredential, GrantPart } from './grant.js'

/** How many are remembered; the current one always is. */
export const MAX_GIVEN = 10

/** Takes over what marks are made with. */
export function adoptMarkKey(
  part: GrantPart,
  {
    markKey,
    marksAnew,
  }: Pick<Extract<PrepareResult, { outcome: 'prepared' }>, 'markKey' | 'marksAnew'>,
): GrantPart {
  return {
    ...part,
    markKey: markKey ?? part.markKey,
    given: marksAnew === true ? undefined : part.given,
  }
}

/** A credential has got a token, and was used up by it: it must not be sent again, whatever comes of the token. */
export function noteExchanged(
  part: GrantPart,
  mark: string | undefined,
  { rotated }: Pick<MintedToken, 'rotated'>,
  nowMs: number,
): GrantPart {
  if (mark === undefined || rotated !== true) return part
  return remember(part, { mark, atMs: nowMs, spent: true })
}

/** The connection lives by this one from now on; undefined: by one that is never given again. */
export function makeCurrent(part: GrantPart, mark: string | undefined, nowMs: number): GrantPart {
  const given = (part.given ?? []).map(({ current: _before, ...one }) => one)
  if (mark === undefined) return { ...part, given }
  const before = given.find((one) => one.mark === mark)
  return remember({ ...part, given }, { ...before, mark, atMs: nowMs, current: true })
}

/** A refresh has brought another grant: the current credential is used up. */
export function noteRotated(part: GrantPart, minted: MintedToken): GrantPart {
  const { markKey = part.markKey } = minted
  const given =
    minted.rotated === true
      ? part.given?.map((one) => (one.current === true ? { ...one, spent: true as const } : one))
      : part.given
  return { ...part, markKey, given }
}

function remember(part: GrantPart, given: MarkedCredential): GrantPart {
  const others = (part.given ?? []).filter(({ mark }) => mark !== given.mark)
  const all = [...others, given]
  while (all.length > MAX_GIVEN) {
    const oldest = all.findIndex(({ current }) => current !== true)
    all.splice(Math.max(0, oldest), 1)
  }
  return { ...part, given: all }
}
