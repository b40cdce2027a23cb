import type { MintedToken, PrepareResult } from '../../src/contract/token-activities.js'
import { tell } from './life-story.js'
import { isUsable, statusOf, verdictOf } from './parts/health.js'
import type { RotationEnd } from './rotation-list.js'
import type { TokenSnapshot } from './token-snapshot.js'
import { waitingMessage } from './waiting-message.js'

/** A credential that worked once. What it is nobody can read from its mark. */
export interface GivenCredential {
  readonly mark: string
  readonly atMs: number
  /** The connection lives by it, or by what came of it. */
  readonly current?: true
  /** It was exchanged for another grant: most providers take its second use for a theft. */
  readonly spent?: true
}

/** How many are remembered; the current one always is. */
export const MAX_GIVEN = 10

type Prepared = Extract<PrepareResult, { ok: true }>

/** Takes over what marks are made with. */
export function adoptMarkKey(
  snapshot: TokenSnapshot,
  { markKey, marksAnew }: Pick<Prepared, 'markKey' | 'marksAnew'>,
): void {
  if (markKey !== undefined) snapshot.markKey = markKey
  if (marksAnew === true) delete snapshot.given
}

/**
 * What comes of a credential that was given before, where it must not or need not be tried again.
 * Undefined: it is to be tried.
 */
export function endOfGivenAgain(
  snapshot: TokenSnapshot,
  mark: string | undefined,
): RotationEnd | undefined {
  const before = snapshot.given?.find((one) => one.mark === mark)
  if (before === undefined) return undefined
  const { connection, health, facts } = snapshot
  const verdict = verdictOf(health)
  const works = verdict === undefined && isUsable(health)
  if (before.current === true && works) return { ok: true, unchanged: true }
  // A key that is refused today may be accepted tomorrow: asking costs nothing.
  if (facts?.consumesGrant !== true) return undefined
  const day = new Date(before.atMs).toISOString().slice(0, 10)
  const again = `${connection} was connected with this credential already, on ${day}`
  if (before.current !== true)
    return before.spent === true
      ? spent(
          `${again}, and it has been used up since. It was not sent again: a provider takes that for theft and ends the authorisation. Get a new one. Where you are sure that the provider accepts it, revoke the connection first.`,
        )
      : undefined
  const ended = health.kind === 'needs_reauth' || verdict?.kind === 'needs_reauth'
  if (ended)
    return spent(
      `${again}, and its authorisation has ended since. It was not sent again: get a new one.`,
    )
  return {
    ok: false,
    code: 'Refused',
    message: `${again}; giving it again changes nothing. ${waitingMessage(snapshot)}`,
  }
}

function spent(message: string): RotationEnd {
  return { ok: false, code: 'CredentialSpent', message }
}

/** Tells that a credential was given again; time and again is one event. */
export function tellUnchanged(snapshot: TokenSnapshot, nowMs: number): void {
  if (snapshot.story.at(-1)?.event === 'credential_unchanged') snapshot.story.pop()
  tell(snapshot, {
    atMs: nowMs,
    event: 'credential_unchanged',
    cause: `given again while ${statusOf(snapshot.health)}`,
    generation: snapshot.generation,
  })
}

/** A credential has got a token, and was used up by it: it must not be sent again, whatever comes of the token. */
export function noteExchanged(
  snapshot: TokenSnapshot,
  mark: string | undefined,
  { rotated }: Pick<MintedToken, 'rotated'>,
  nowMs: number,
): void {
  if (mark !== undefined && rotated === true) remember(snapshot, { mark, atMs: nowMs, spent: true })
}

/** The connection lives by this one from now on; undefined: by one that is never given again. */
export function makeCurrent(
  snapshot: TokenSnapshot,
  mark: string | undefined,
  nowMs: number,
): void {
  snapshot.given = (snapshot.given ?? []).map(({ current: _before, ...one }) => one)
  if (mark === undefined) return
  const before = snapshot.given.find((one) => one.mark === mark)
  remember(snapshot, { ...before, mark, atMs: nowMs, current: true })
}

/** A refresh has brought another grant: the current credential is used up. */
export function noteRotated(snapshot: TokenSnapshot, minted: MintedToken): void {
  if (minted.markKey !== undefined) snapshot.markKey = minted.markKey
  if (minted.rotated !== true || snapshot.given === undefined) return
  snapshot.given = snapshot.given.map((one) =>
    one.current === true ? { ...one, spent: true } : one,
  )
}

/** After a revocation a credential is new again. */
export function forgetGiven(snapshot: TokenSnapshot): void {
  delete snapshot.given
  delete snapshot.markKey
}

function remember(snapshot: TokenSnapshot, given: GivenCredential): void {
  const others = (snapshot.given ?? []).filter(({ mark }) => mark !== given.mark)
  const all = [...others, given]
  while (all.length > MAX_GIVEN) {
    const oldest = all.findIndex(({ current }) => current !== true)
    all.splice(Math.max(0, oldest), 1)
  }
  snapshot.given = all
}
