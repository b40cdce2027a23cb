import { createHash } from 'node:crypto'
import { writeJson } from '../../../src/wire/json.js'

/** How much of a page is settled: its first records, but for some of them. */
export interface PositionInPage {
  readonly count: number
  /** A digest of those records, by which the page is recognised. */
  readonly digest: string
  /** Which of them are still to be written, from 0 and in order, each range with both of its ends. */
  readonly open: readonly OpenRange[]
}

/** As they stand in the cursor: numbers come from there, so that they are never counted out before a page is there. */
export type OpenRange = readonly [from: number, to: number]

/**
 * The position of a sync: the page to read next, as path and query below the source's origin (absent: the
 * first), and which of its records are settled already, where a slice ended inside that page.
 */
export interface SyncPosition {
  readonly page?: string | undefined
  readonly accepted?: PositionInPage | undefined
}

const ACCEPTED = /^(.*)#(\d{1,9})\.([0-9a-f]{16})(?:~([\d.-]+))?$/s

/** A cursor as it stands in checkpoints: the page, and `#count.digest~open` behind it where there is one. */
export function formatSyncPosition({ page, accepted }: SyncPosition): string | undefined {
  if (accepted === undefined) return page
  const { count, digest, open } = accepted
  const ranges = open.length === 0 ? '' : `~${formatRanges(open)}`
  return `${page ?? ''}#${count}.${digest}${ranges}`
}

export function parseSyncPosition(cursor: string | undefined): SyncPosition {
  if (cursor === undefined) return {}
  const [, named = cursor, count, digest, text] = ACCEPTED.exec(cursor) ?? []
  const page = named === '' ? undefined : named
  if (count === undefined || digest === undefined) return { page }
  const open = parseRanges(text, Number(count))
  // A digest that no page has: what was settled of the page is not known.
  if (open === undefined) return { page, accepted: { count: 0, digest: '', open: [] } }
  return { page, accepted: { count: Number(count), digest, open } }
}

/** Tells whether a page begins with the same records as before: 16 hex digits of SHA-256. */
export function recordsDigest(records: readonly unknown[]): string {
  return createHash('sha256').update(writeJson(records)).digest('hex').slice(0, 16)
}

/** Neighbours become ranges: there may be thousands of them. */
export function toRanges(numbers: readonly number[]): readonly OpenRange[] {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
}

/** `0.2-5` */
function formatRanges(ranges: readonly OpenRange[]): string {
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join('.')
}

/** Undefined where they are not in order or go beyond the count: no page of ours wrote that. */
function parseRanges(text: string | undefined, count: number): readonly OpenRange[] | undefined {
  const ranges: OpenRange[] = []
  let after = -1
  for (const range of text?.split('.') ?? []) {
    const [from = '', to = from, ...more] = range.split('-')
    const [first, last] = [Number(from), Number(to)]
    const fits = from !== '' && to !== '' && more.length === 0
    if (!fits || first <= after || last < first || last >= count) return undefined
    ranges.push([first, last])
    after = last
  }
  return ranges
}
