import type { MintInput } from '../../../src/contract/token-activities.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import type { GrantPart, KeptAnswer } from './grant.js'

/** How many are kept: the first, which may be the only one that used the grant up, and the newest. */
const MAX_KEPT = 3

export function addKept(part: GrantPart, kept: KeptAnswer): GrantPart {
  const { keptAnswers: before = [] } = part
  const [first, ...rest] = before
  const keptAnswers =
    before.length < MAX_KEPT || first === undefined
      ? [...before, kept]
      : [first, ...rest.slice(before.length - MAX_KEPT + 1), kept]
  return { ...part, keptAnswers }
}

/** They were read, in vain: not again by the same definition. */
export function noteReading(part: GrantPart, grant: Sealed, definition: string): GrantPart {
  const keptAnswers = part.keptAnswers?.map((one) =>
    one.grant === grant ? { ...one, definition } : one,
  )
  return { ...part, keptAnswers }
}

/** The current grant has a successor: what was asked for with it is of no use any more. */
export function forgetKept(part: GrantPart): GrantPart {
  const left = part.keptAnswers?.filter((one) => one.grant !== part.sealed) ?? []
  return { ...part, keptAnswers: left.length === 0 ? undefined : left }
}

export function forgetAllKept(part: GrantPart): GrantPart {
  return { ...part, keptAnswers: undefined }
}

/**
 * What is to be read again with a grant, newest first: what this definition has not read already, or
 * all of it where nothing else is to be done.
 */
export function keptInput(
  { keptAnswers = [] }: GrantPart,
  grant: Sealed,
  { onlyKept, definition }: { readonly onlyKept: boolean; readonly definition: string | undefined },
): Pick<MintInput, 'kept' | 'onlyKept'> {
  const kept = keptAnswers
    .filter((one) => one.grant === grant)
    .filter((one) => onlyKept || one.definition !== definition)
    .map(({ sealed }) => sealed)
    .reverse()
  return { kept: kept.length === 0 ? undefined : kept, onlyKept: onlyKept ? true : undefined }
}
