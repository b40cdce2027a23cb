import type { Sealed } from '../../../src/contract/sealed.js'
import type { AccountMark, MintedToken } from '../../../src/contract/token-activities.js'
import type { Granted, Prior, Rotation } from './rotations.js'

/** Whose account a connection is of, as far as it is known. */
export interface Account {
  /** At most one from each source; see {@link AccountMark}. */
  readonly marks: readonly string[]
  readonly name?: string | undefined
}

/** A credential that worked once. What it is nobody can read from its mark. */
export interface MarkedCredential {
  readonly mark: string
  readonly atMs: number
  /** The connection lives by it, or by what came of it. */
  readonly current?: true | undefined
  /** It was exchanged for another grant: most providers take its second use for a theft. */
  readonly spent?: true | undefined
}

/** A success answer that could not be read, and what it was asked for with. */
export interface KeptAnswer {
  readonly sealed: Sealed
  readonly atMs: number
  /** The grant that it may have used up. */
  readonly grant: Sealed
  /** The fingerprint of the definition that could not read it. */
  readonly definition: string
  /** The credential that it came for, where that was not the current one. */
  readonly rotation?: Rotation | undefined
}

/** What tokens are got with, what is known of it, and the credentials that it came of. */
export interface GrantPart {
  readonly sealed?: Sealed | undefined
  readonly prior: Prior
  /** When the first try was sent that may have used up the grant: what a later one brings may be as old. */
  readonly openSinceMs?: number | undefined
  /** Number of the next try with the current grant. */
  readonly attempt: number
  /** When somebody last gave a credential that worked. */
  readonly authorizedAtMs?: number | undefined
  /** When the grant ends, as the last token answer said. */
  readonly endsAtMs?: number | undefined
  /** Whether each refresh puts that end off; absent: only one answer so far has named that end. */
  readonly endMoves?: boolean | undefined
  readonly granted?: Granted | undefined
  /** Whose account it is, as far as it is known. */
  readonly account?: Account | undefined
  /** Credentials that have worked, oldest first, and what their marks are made with. */
  readonly given?: readonly MarkedCredential[] | undefined
  readonly markKey?: Sealed | undefined
  /** Success answers that could not be read, oldest first: at most three, of at most 30 KB each. */
  readonly keptAnswers?: readonly KeptAnswer[] | undefined
}

export function startGrant(): GrantPart {
  return { prior: 'clean', attempt: 1 }
}

/** Another grant, or the same one after it has worked. */
export function adoptGrant(part: GrantPart, sealed: Sealed): GrantPart {
  return { ...part, sealed, prior: 'clean', openSinceMs: undefined, attempt: 1 }
}

/** After a revocation nothing is kept that could get a token; a credential is new again. */
export function forgetGrant(part: GrantPart): GrantPart {
  return {
    ...part,
    sealed: undefined,
    keptAnswers: undefined,
    openSinceMs: undefined,
    account: undefined,
    granted: undefined,
    given: undefined,
    markKey: undefined,
  }
}

/** A try with the grant has failed. */
export function noteFailedTry(part: GrantPart): GrantPart {
  return { ...part, attempt: part.attempt + 1 }
}

/** What a failed try leaves open. @param sentAtMs when it was sent */
export function leaveOpen(part: GrantPart, prior: Prior, sentAtMs: number): GrantPart {
  const { openSinceMs } = part
  return {
    ...part,
    prior,
    openSinceMs: prior === 'clean' ? openSinceMs : (openSinceMs ?? sentAtMs),
  }
}

/** Somebody gave a credential, and it works. */
export function authorizedNow(part: GrantPart, granted: Granted, nowMs: number): GrantPart {
  return { ...part, granted, authorizedAtMs: nowMs, endsAtMs: undefined, endMoves: undefined }
}

/** Two answers whose ends differ by less mean the same end. */
const SAME_END_MS = 60_000

/** When the grant ends, where the token answer says so. */
export function noteGrantEnd(
  part: GrantPart,
  { refreshTokenLifetimeMs }: Pick<MintedToken, 'refreshTokenLifetimeMs'>,
  issuedAtMs: number,
): GrantPart {
  if (refreshTokenLifetimeMs === undefined) return part
  const endsAtMs = issuedAtMs + refreshTokenLifetimeMs
  const { endsAtMs: before, endMoves } = part
  // Answers name an end by the time left until it, in whole seconds.
  const moved = before === undefined ? undefined : endsAtMs > before + SAME_END_MS
  return { ...part, endsAtMs, endMoves: endMoves === true ? true : moved }
}

export function toGranted({ scope, missingScope, warnings }: MintedToken): Granted {
  return { scope, missingScope, warnings }
}

/** A refresh says less than the first answer: what it does not speak of stays (RFC 6749 section 6). */
export function renewGranted(part: GrantPart, minted: MintedToken): GrantPart {
  const { scope, warnings } = minted
  if (scope === undefined && warnings === undefined) return part
  const { granted: before = {} } = part
  const missingBefore = scope === undefined ? before.missingScope : undefined
  const granted = {
    scope: scope ?? before.scope,
    missingScope: minted.missingScope ?? missingBefore,
    warnings: warnings ?? before.warnings,
  }
  return { ...part, granted }
}

/** Takes over whose account a credential that has become current is of. */
export function withAccount(
  part: GrantPart,
  found: readonly AccountMark[],
  name: string | undefined,
): GrantPart {
  return {
    ...part,
    account: mergeAccounts(isAnother(found) ? undefined : part.account, found, name),
  }
}

/** Whether it is another account than before. */
export function isAnother(found: readonly AccountMark[]): boolean {
  return found.some(({ same }) => same === false)
}

/** Renews the mark that a refresh brought: the key that it was made with may be a newer one. */
export function renewMark(part: GrantPart, found: AccountMark | undefined): GrantPart {
  if (found === undefined || found.same === false) return part
  return { ...part, account: mergeAccounts(part.account, [found], undefined) }
}

function mergeAccounts(
  before: Account | undefined,
  found: readonly AccountMark[],
  newName: string | undefined,
): Account | undefined {
  const bySource = new Map((before?.marks ?? []).map((mark) => [sourceOf(mark), mark]))
  for (const { mark } of found) bySource.set(sourceOf(mark), mark)
  const name = newName ?? before?.name
  if (bySource.size === 0 && name === undefined) return undefined
  return { marks: [...bySource.values()], name }
}

function sourceOf(mark: string): string {
  return mark.split(' ', 1).join('')
}
