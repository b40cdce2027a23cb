import { createHash } from 'node:crypto'

/**
 * Where a sync is: the page to read next, as path and query below the source's origin (absent: the
 * first), and how much of it the sink has accepted already where a repeat would do harm.
 */
export interface Place {
  readonly page?: string
  readonly accepted?: { readonly count: number; readonly digest: string }
}

const ACCEPTED = /^(.*)#(\d{1,9})\.([0-9a-f]{16})$/s

/** A cursor as it stands in checkpoints: the page, and `#count.digest` behind it where there is one. */
export function formatPlace({ page, accepted }: Place): string | undefined {
  if (accepted === undefined) return page
  return `${page ?? ''}#${String(accepted.count)}.${accepted.digest}`
}

export function parsePlace(cursor: string | undefined): Place {
  if (cursor === undefined) return {}
  const [, page = cursor, count, digest] = ACCEPTED.exec(cursor) ?? []
  return {
    ...(page === '' ? {} : { page }),
    ...(count === undefined || digest === undefined
      ? {}
      : { accepted: { count: Number(count), digest } }),
  }
}

/** Tells whether a page begins with the same records as before: 16 hex digits of SHA-256. */
export function recordsDigest(records: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(records)).digest('hex').slice(0, 16)
}
