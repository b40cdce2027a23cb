import type { AccountMark } from '../../src/contract/token-activities.js'
import { tell } from './life-story.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'

/** Whose account a connection is of, as far as it is known. */
export interface Account {
  /** At most one from each source; see {@link AccountMark}. */
  readonly marks: readonly string[]
  readonly name?: string
}

/** What activities compare with. */
export function knownAccount({ account }: TokenSnapshot): {
  readonly knownAccount?: readonly string[]
} {
  return account === undefined || account.marks.length === 0 ? {} : { knownAccount: account.marks }
}

/** Whether a new credential is of another account than before, and that is not allowed. */
export function isOtherAccount({ source }: Rotation, found: AccountMark | undefined): boolean {
  return found?.same === false && source.allowOtherAccount !== true
}

/** Takes over whose account a credential that has become current is of. */
export function adoptAccount(
  snapshot: TokenSnapshot,
  found: readonly (AccountMark | undefined)[],
  name: string | undefined,
  nowMs: number,
): void {
  const marks = found.filter((one) => one !== undefined)
  const another = marks.some(({ same }) => same === false)
  if (another)
    tell(snapshot, {
      atMs: nowMs,
      event: 'account',
      cause: 'another account than before, as was allowed',
      generation: snapshot.generation,
    })
  keep(snapshot, another ? undefined : snapshot.account, marks, name)
}

/** Renews the mark that a refresh brought: the key that it was made with may be a newer one. */
export function renewMark(snapshot: TokenSnapshot, found: AccountMark | undefined): void {
  if (found !== undefined && found.same !== false)
    keep(snapshot, snapshot.account, [found], undefined)
}

function keep(
  snapshot: TokenSnapshot,
  before: Account | undefined,
  found: readonly AccountMark[],
  name: string | undefined,
): void {
  const bySource = new Map((before?.marks ?? []).map((mark) => [sourceOf(mark), mark]))
  for (const { mark } of found) bySource.set(sourceOf(mark), mark)
  const shown = name ?? before?.name
  if (bySource.size === 0 && shown === undefined) delete snapshot.account
  else
    snapshot.account = {
      marks: [...bySource.values()],
      ...(shown === undefined ? {} : { name: shown }),
    }
}

function sourceOf(mark: string): string {
  return mark.split(' ', 1).join('')
}
