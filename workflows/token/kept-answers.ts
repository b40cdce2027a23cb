import type { MintInput, MintResult } from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { tell } from './life-story.js'
import { reasonOf } from './parts/health.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'

/** A success answer that could not be read, and what it was asked for with. */
export interface KeptAnswer {
  readonly sealed: Sealed
  readonly atMs: number
  /** The grant that it may have used up. */
  readonly grant: Sealed
  /** Of the definition that could not read it. */
  readonly definition: string
  /** The credential that it came for, where that was not the current one. */
  readonly rotation?: Rotation
}

/** How many are kept: the first, which may be the only one that used the grant up, and the newest. */
const MAX_KEPT = 3

/** Why a token request is due for the sake of what is kept. */
export const READ_KEPT = 'read a kept answer'

/** Keeps what a token request brought and nobody could read, before the grant is tried again. */
export function keepAnswer(
  snapshot: TokenSnapshot,
  result: MintResult,
  { grant, rotation }: { readonly grant: Sealed; readonly rotation?: Rotation },
  nowMs: number,
): void {
  if (result.outcome === 'rolled_back' || result.kept === undefined) return
  const { kept: sealed, definition } = result
  const kept = { sealed, atMs: nowMs, grant, definition, ...(rotation && { rotation }) }
  const before = snapshot.keptAnswers ?? []
  const [first, ...rest] = before
  snapshot.keptAnswers =
    before.length < MAX_KEPT || first === undefined
      ? [...before, kept]
      : [first, ...rest.slice(before.length - MAX_KEPT + 1), kept]
  tell(snapshot, {
    atMs: nowMs,
    event: 'answer_kept',
    cause: 'an answer of the token endpoint could not be read whole; it is kept, sealed',
    generation: snapshot.generation,
    ...(result.outcome === 'failed' ? { code: result.code } : {}),
  })
}

/**
 * Keeps what a failed try with the current grant brought. Says whether nothing was to be tried but to
 * read what is kept: then no more is known of the grant than before.
 */
export function keepUnread(
  snapshot: TokenSnapshot,
  result: Extract<MintResult, { outcome: 'failed' }>,
  cause: string,
  nowMs: number,
): boolean {
  const { grant, generation } = snapshot
  if (grant === undefined) return false
  noteReading(snapshot, grant, result.definition)
  keepAnswer(snapshot, result, { grant }, nowMs)
  if (cause !== READ_KEPT) return false
  const { code } = result
  tell(snapshot, { atMs: nowMs, event: 'refresh_failed', cause, code, generation })
  return true
}

/**
 * What is to be read again with a grant, newest first: what this definition has not read already, or
 * all of it where nothing else is to be done.
 */
export function keptInput(
  { keptAnswers = [], facts }: TokenSnapshot,
  grant: Sealed,
  onlyKept: boolean,
): Pick<MintInput, 'kept' | 'onlyKept'> {
  const kept = keptAnswers
    .filter((one) => one.grant === grant)
    .filter((one) => onlyKept || one.definition !== facts?.fingerprint)
    .map(({ sealed }) => sealed)
    .reverse()
  return { ...(kept.length === 0 ? {} : { kept }), ...(onlyKept ? { onlyKept } : {}) }
}

/** Keeps what the first token request with a new credential brought, with the credential. */
export function keepForRotation(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  result: Extract<MintResult, { outcome: 'failed' }>,
  nowMs: number,
): void {
  const { grant, retryAtMs: _over, receivedAt: _here, minted: _none, ...rest } = rotation
  if (grant === undefined) return
  noteReading(snapshot, grant, result.definition)
  const again: Rotation = { ...rest, grant, tries: 0, prior: 'clean' }
  keepAnswer(snapshot, result, { grant, rotation: again }, nowMs)
}

/**
 * What to tell of a new credential whose successor is in an answer that was kept, where the provider has
 * no grace: sent again, it would end its whole family (RFC 9700 section 4.14.2), what is kept with it.
 */
export function spentWords(
  { facts }: TokenSnapshot,
  { kept }: Extract<MintResult, { outcome: 'failed' }>,
): string | undefined {
  if (kept === undefined || facts?.consumesGrant !== true) return undefined
  return facts.policy.graceWindowMs === 0
    ? 'The credential may be used up, and the answer is kept, sealed: mend the answer rules of the connector (answer) or install a newer keeper, and restart the keeper. It is read again then, and nobody has to give anything.'
    : undefined
}

/** They were read, in vain: not again by the same definition. */
export function noteReading(snapshot: TokenSnapshot, grant: Sealed, definition: string): void {
  if (snapshot.keptAnswers === undefined) return
  snapshot.keptAnswers = snapshot.keptAnswers.map((one) =>
    one.grant === grant ? { ...one, definition } : one,
  )
}

/** The grant has a successor: what was asked for with it is of no use any more. */
export function forgetKept(snapshot: TokenSnapshot, grant: Sealed | undefined): void {
  const left = snapshot.keptAnswers?.filter((one) => one.grant !== grant) ?? []
  if (left.length === 0) delete snapshot.keptAnswers
  else snapshot.keptAnswers = left
}

/**
 * A definition that changed, or an operator, may make what is kept readable: it is read before
 * anything else is tried. Says whether there is something to read.
 */
export function readKept(snapshot: TokenSnapshot): boolean {
  const { keptAnswers = [], rotations, health } = snapshot
  if (reasonOf(health) === 'rolled_back' || health.kind === 'revoked') return false
  const waiting = keptAnswers.flatMap(({ rotation }) => rotation ?? [])
  const again = waiting.filter(({ id }) => !rotations.some((one) => one.id === id)).at(-1)
  if (again !== undefined) snapshot.rotations = [...rotations, { ...again, onlyKept: true }]
  const own = keptAnswers.some(({ grant }) => grant === snapshot.grant)
  if (own) snapshot.forced = READ_KEPT
  return own || again !== undefined
}

/** For people: that something is kept, and what to do. */
export function keptWarning({ keptAnswers = [], connection }: TokenSnapshot): readonly string[] {
  if (keptAnswers.length === 0) return []
  const what = `of the token endpoint of ${connection} could not be read`
  const told =
    keptAnswers.length === 1
      ? `An answer ${what} and is kept, sealed: it may hold the only living refresh token.`
      : `${String(keptAnswers.length)} answers ${what} and are kept, sealed: they may hold the only living refresh token.`
  return [
    `${told} Mend the answer rules of the connector (answer) or install a newer keeper: what is kept is read again when the keeper starts, or by the signal tokenkeeper.refresh.`,
  ]
}
