import type { Sealed } from '../../../src/contract/sealed.js'
import type { Revocation } from '../../../src/contract/token-status.js'

/** What was revoked here and is to be revoked at the provider: erased when that is over. */
export interface UpstreamRevocation {
  readonly grant?: Sealed | undefined
  readonly token?: Sealed | undefined
  readonly tries: number
  readonly retryAtMs?: number | undefined
}

/** What the provider has to be told of grants that nobody holds any more. */
export interface RevocationPart {
  /** Revoked, and the provider is being told. */
  readonly pending?: UpstreamRevocation | undefined
  /** Grants that nobody holds, of which the provider is to be told: at most five. */
  readonly leftovers?: readonly UpstreamRevocation[] | undefined
  /** What came of the last revocation of the connection. */
  readonly outcome?: Revocation | undefined
}

/** More than these are forgotten: they live on until the provider ends them. */
const MAX_LEFTOVERS = 5

export function startRevocation(): RevocationPart {
  return {}
}

export function beginRevocation(
  part: RevocationPart,
  what: Pick<UpstreamRevocation, 'grant' | 'token'>,
): RevocationPart {
  return { ...part, pending: { ...what, tries: 0 }, outcome: { outcome: 'pending' } }
}

/** The same revocation, of something else or at another time. */
export function continueRevocation(
  part: RevocationPart,
  change: Partial<UpstreamRevocation>,
): RevocationPart {
  return part.pending === undefined ? part : { ...part, pending: { ...part.pending, ...change } }
}

/** It is over: what was to be revoked is erased. */
export function endRevocation(part: RevocationPart, outcome: Revocation): RevocationPart {
  return { ...part, pending: undefined, outcome }
}

/** A new credential has come: what was revoked before it is of no interest. */
export function forgetOutcome(part: RevocationPart): RevocationPart {
  return { ...part, outcome: undefined }
}

export function addLeftover(part: RevocationPart, left: UpstreamRevocation): RevocationPart {
  return { ...part, leftovers: [...(part.leftovers ?? []), left].slice(-MAX_LEFTOVERS) }
}

/** @param next what is left of it; undefined: it is over */
export function replaceLeftover(
  part: RevocationPart,
  { grant }: UpstreamRevocation,
  next: UpstreamRevocation | undefined,
): RevocationPart {
  const others = (part.leftovers ?? []).filter((one) => one.grant !== grant)
  const leftovers = next === undefined ? others : [...others, next]
  return { ...part, leftovers: leftovers.length === 0 ? undefined : leftovers }
}

/** The one of which the provider is to be told first. */
export function nextLeftover({ leftovers = [] }: RevocationPart): UpstreamRevocation | undefined {
  return leftovers.toSorted((a, b) => (a.retryAtMs ?? 0) - (b.retryAtMs ?? 0))[0]
}
