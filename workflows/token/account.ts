import type { AccountMark } from '../../src/contract/token-activities.js'
import { record } from './life-story.js'
import { isAnother, withAccount } from './parts/grant.js'
import type { Rotation } from './parts/rotations.js'
import type { TokenParts } from './token-parts.js'

/** Whether a new credential is of another account than before, and that is not allowed. */
export function isOtherAccount({ source }: Rotation, found: AccountMark | undefined): boolean {
  return found?.same === false && source.allowOtherAccount !== true
}

/** Takes over whose account a credential that has become current is of. */
export function adoptAccount(
  parts: TokenParts,
  found: readonly (AccountMark | undefined)[],
  name: string | undefined,
  nowMs: number,
): void {
  const marks = found.filter((one) => one !== undefined)
  if (isAnother(marks))
    record(parts, {
      atMs: nowMs,
      event: 'account',
      cause: 'another account than before, as was allowed',
      generation: parts.token.generation,
    })
  parts.grant = withAccount(parts.grant, marks, name)
}

/** What activities compare with. */
export function knownAccount({ grant: { account } }: TokenParts): readonly string[] | undefined {
  return account === undefined || account.marks.length === 0 ? undefined : account.marks
}
