import { createHash } from 'node:crypto'

/** How much of a page is settled: its first records, but for some of them. */
export interface PlaceInPage {
  readonly count: number
  /** Of those records, to know the page again. */
  readonly digest: string
  /** Which of them are still to be written, from 0 and in order. */
  readonly open: readonly number[]
}

/**
 * Where a sync is: the page to read next, as path and query below the source's origin (absent: the
 * first), and how much of it is settled already where a repeat would do harm.
 */
export interface Place {
  readonly page?: string
  readonly accepted?: PlaceInPage
}

const ACCEPTED = /^(.*)#(\d{1,9})\.([0-9a-f]{16})(?:~([\d.-]+))?$/s

/** A cursor as it stands in checkpoints: the page, and `#count.digest~open` behind it where there is one. */
export function formatPlace({ page, accepted }: Place): string | undefined {
  if (accepted === undefined) return page
  const { count, digest, open } = accepted
  const ranges = open.length === 0 ? '' : `~${formatRanges(open)}`
  return `${page ?? ''}#${String(count)}.${digest}${ranges}`
}

export function parsePlace(cursor: string | undefined): Place {
  if (cursor === undefined) return {}
  const [, page = cursor, count, digest, ranges] = ACCEPTED.exec(cursor) ?? []
  return {
    ...(page === '' ? {} : { page }),
    ...(count === undefined || digest === undefined
      ? {}
      : { accepted: { count: Number(count), digest, open: parseRanges(ranges, Number(count)) } }),
  }
}

/** Tells whether a page begins with the same records as before: 16 hex digits of SHA-256. */
export function recordsDigest(records: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(records)).digest('hex').slice(0, 16)
}

/** `0.2-5`: there may be thousands of them. */
function formatRanges(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last?.to === number - 1) last.to = number
    else ranges.push({ from: number, to: number })
  }
  const texts = ranges.map(({ from, to }) =>
    from === to ? String(from) : `${String(from)}-${String(to)}`,
  )
  return texts.join('.')
}

function parseRanges(text: string | undefined, count: number): number[] {
  const numbers: number[] = []
  for (const range of text?.split('.') ?? []) {
    const [from = '', to = from] = range.split('-')
    for (let one = Number(from); one <= Number(to) && one < count; one += 1) numbers.push(one)
  }
  return numbers
}
