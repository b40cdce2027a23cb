import type { AuthKindName } from '../../../src/contract/credential.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import type { LifetimeNote } from '../../../src/contract/token-activities.js'
import type { Doubt } from './doubt.js'

/** The token that is served. */
export interface HeldToken {
  readonly sealed: Sealed
  /** The kind of authentication that it was got with. */
  readonly kind?: AuthKindName | undefined
  readonly issuedAtMs: number
  /** Absent: unknown or unlimited. */
  readonly lifetimeMs?: number | undefined
  readonly softAtMs?: number | undefined
  readonly hardAtMs?: number | undefined
  readonly expiresAtMs?: number | undefined
  /** When it is refreshed where nobody has asked for it for some time. */
  readonly idleAtMs?: number | undefined
}

/** The token, its number, and whether the upstream takes it. */
export interface TokenPart {
  readonly generation: number
  /** The highest that anybody has seen, of this token workflow or of one before it. */
  readonly highestGeneration: number
  readonly held?: HeldToken | undefined
  /** What was odd about the lifetime of the last token. */
  readonly lifetimeNote?: LifetimeNote | undefined
  /** The current generation was reported as refused, and a verification or refresh is due. */
  readonly rejectedGeneration?: number | undefined
  /** The upstream refuses the credential, and it is not known yet what that means. */
  readonly doubt?: Doubt | undefined
}

export function startToken(): TokenPart {
  return { generation: 0, highestGeneration: 0 }
}

/** A new token, one generation above all that were ever seen. */
export function holdToken(part: TokenPart, held: HeldToken): TokenPart {
  const generation = Math.max(part.generation, part.highestGeneration) + 1
  return { ...part, held, generation, highestGeneration: generation, rejectedGeneration: undefined }
}

/** After a revocation. */
export function forgetToken(part: TokenPart): TokenPart {
  return { ...part, held: undefined, doubt: undefined }
}

/** Somebody has seen a generation: no later token has a lower one. */
export function seenGeneration(part: TokenPart, generation: number): TokenPart {
  const { highestGeneration } = part
  return { ...part, highestGeneration: Math.max(highestGeneration, part.generation, generation) }
}

/** The same token under another number, with what is known of it. */
export function renumberToken(part: TokenPart, generation: number): TokenPart {
  const { doubt } = part
  return {
    ...part,
    generation,
    rejectedGeneration: isRefused(part) ? generation : part.rejectedGeneration,
    doubt: doubt?.generation === part.generation ? { ...doubt, generation } : doubt,
  }
}

/** The upstream refused the token, or no keeper can open it: it is not served any more. */
export function refuseToken(part: TokenPart): TokenPart {
  return { ...part, rejectedGeneration: part.generation }
}

export function isRefused({ rejectedGeneration, generation }: TokenPart): boolean {
  return rejectedGeneration === generation
}

/** Flows go on with the token. */
export function serveAgain(part: TokenPart): TokenPart {
  return { ...part, rejectedGeneration: undefined }
}

/** Undefined: nothing is in doubt any more. */
export function withDoubt(part: TokenPart, doubt: Doubt | undefined): TokenPart {
  return { ...part, doubt }
}

export function withLifetimeNote(
  part: TokenPart,
  lifetimeNote: LifetimeNote | undefined,
): TokenPart {
  return { ...part, lifetimeNote }
}
