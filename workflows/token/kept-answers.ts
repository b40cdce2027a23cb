import type { MintResult } from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { record } from './life-story.js'
import { reasonOf } from './parts/health.js'
import { addKept, noteReading } from './parts/kept-answers.js'
import { forceRefresh } from './parts/refresh.js'
import { addRotation, hasRotation, type Rotation } from './parts/rotations.js'
import type { TokenParts } from './token-parts.js'

/** Why a token request is due for the sake of what is kept. */
export const READ_KEPT = 'read a kept answer'

/** Keeps what a token request brought and nobody could read, before the grant is tried again. */
export function keepAnswer(
  parts: TokenParts,
  result: MintResult,
  { grant, rotation }: { readonly grant: Sealed; readonly rotation?: Rotation | undefined },
  nowMs: number,
): void {
  if (result.outcome === 'rolled_back' || result.kept === undefined) return
  const { kept: sealed, definition } = result
  parts.grant = addKept(parts.grant, { sealed, atMs: nowMs, grant, definition, rotation })
  record(parts, {
    atMs: nowMs,
    event: 'answer_kept',
    cause: 'an answer of the token endpoint could not be read whole; it is kept, sealed',
    generation: parts.token.generation,
    code: result.outcome === 'failed' ? result.code : undefined,
  })
}

/**
 * Keeps what a failed try with the current grant brought. Says whether nothing was to be tried but to
 * read what is kept: then no more is known of the grant than before.
 */
export function keepUnread(
  parts: TokenParts,
  result: Extract<MintResult, { outcome: 'failed' }>,
  cause: string,
  nowMs: number,
): boolean {
  const { sealed: grant } = parts.grant
  if (grant === undefined) return false
  parts.grant = noteReading(parts.grant, grant, result.definition)
  keepAnswer(parts, result, { grant }, nowMs)
  if (cause !== READ_KEPT) return false
  const { code } = result
  const { generation } = parts.token
  record(parts, { atMs: nowMs, event: 'refresh_failed', cause, code, generation })
  return true
}

/** Keeps what the first token request with a new credential brought, with the credential. */
export function keepForRotation(
  parts: TokenParts,
  rotation: Rotation,
  result: Extract<MintResult, { outcome: 'failed' }>,
  nowMs: number,
): void {
  const { grant, retryAtMs: _over, receivedAt: _here, minted: _none, ...rest } = rotation
  if (grant === undefined) return
  parts.grant = noteReading(parts.grant, grant, result.definition)
  const again: Rotation = { ...rest, grant, tries: 0, prior: 'clean' }
  keepAnswer(parts, result, { grant, rotation: again }, nowMs)
}

/**
 * What to tell of a new credential whose successor is in an answer that was kept, where the provider has
 * no grace: sent again, it would end its whole family (RFC 9700 section 4.14.2), what is kept with it.
 */
export function spentWords(
  { definition }: TokenParts,
  { kept }: Extract<MintResult, { outcome: 'failed' }>,
): string | undefined {
  if (kept === undefined || definition.facts?.consumesGrant !== true) return undefined
  return definition.facts.policy.graceWindowMs === 0
    ? 'The credential may be used up, and the answer is kept, sealed: mend the answer rules of the connector (answer) or install a newer keeper, and restart the keeper. It is read again then, and nobody has to give anything.'
    : undefined
}

/**
 * A definition that changed, or an operator, may make what is kept readable: it is read before
 * anything else is tried. Says whether there is something to read.
 */
export function readKept(parts: TokenParts): boolean {
  const { rotations, health, grant } = parts
  if (reasonOf(health) === 'rolled_back' || health.kind === 'revoked') return false
  const { keptAnswers = [] } = grant
  const waiting = keptAnswers.flatMap(({ rotation }) => rotation ?? [])
  const again = waiting.filter((one) => !hasRotation(rotations, one)).at(-1)
  if (again !== undefined) parts.rotations = addRotation(rotations, { ...again, onlyKept: true })
  const own = keptAnswers.some((one) => one.grant === grant.sealed)
  if (own) parts.refresh = forceRefresh(parts.refresh, READ_KEPT)
  return own || again !== undefined
}

/** For people: that something is kept, and what to do. */
export function keptWarning({
  connection,
  grant: { keptAnswers = [] },
}: TokenParts): readonly string[] {
  if (keptAnswers.length === 0) return []
  const which = `of the token endpoint of ${connection} could not be read`
  const what =
    keptAnswers.length === 1
      ? `An answer ${which} and is kept, sealed: it may hold the only living refresh token.`
      : `${keptAnswers.length} answers ${which} and are kept, sealed: they may hold the only living refresh token.`
  return [
    `${what} Mend the answer rules of the connector (answer) or install a newer keeper: what is kept is read again when the keeper starts, or by the signal tokenkeeper.refresh.`,
  ]
}
