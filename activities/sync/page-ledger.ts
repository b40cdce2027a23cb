import {
  MAX_SET_ASIDE_NAMED,
  MAX_SYNC_WARNINGS,
  type SetAsideRecord,
  type SyncCheckpoint,
} from '../../src/contract/sync.js'
import { higherWatermark } from '../../src/contract/watermark.js'
import { recordName, reasonText } from './bad-records.js'
import type { BadRecord, OutgoingRecord } from './outgoing-record.js'
import { formatPlace, parsePlace, type PlaceInPage, recordsDigest, toRanges } from './place.js'
import type { PreparedPage } from './prepare-records.js'

/** How much longer the place inside a page may be than the one before it, in characters. */
const MAX_ADDED = 10_000
/** In characters. */
const MAX_WARNING = 500

/** What became of each record of one page, and the checkpoints that follow from it. */
export interface PageLedger {
  /** From 1. */
  readonly number: number
  /** The records that are to be written, in order. */
  readonly open: () => readonly OutgoingRecord[]
  /** The ones that can't go through and are not counted yet. */
  readonly bad: () => readonly BadRecord[]
  readonly accept: (records: readonly OutgoingRecord[]) => void
  readonly setAside: (record: BadRecord) => void
  /** The place inside the page: behind what is accepted or set aside. */
  readonly inside: () => SyncCheckpoint
  /** A batch has come to its end, in however many parts: nothing of it is open. */
  readonly batchDone: () => void
  /**
   * The place behind the last batch that came to its end: what comes next is put together as before, and
   * so has the same key. Undefined where the place is too long to be kept in a history.
   */
  readonly handedBack: () => SyncCheckpoint | undefined
  /** The place behind the page. */
  readonly done: () => SyncCheckpoint
}

/** How far it was at some moment. */
interface Tally {
  readonly settled: number
  readonly written: number
  readonly aside: number
  readonly named: number
}

/**
 * @param definition of the source, as it stands beside cursors
 * @param before what an earlier slice has settled of the page, which `start` counts already
 */
export function createPageLedger(
  { page, good, bad, watermark }: PreparedPage,
  start: SyncCheckpoint,
  definition: string,
  before: PlaceInPage | undefined,
): PageLedger {
  const settled = new Set<number>()
  if (before !== undefined) {
    // The page has as many records: whoever gives `before` has looked.
    for (let at = 0; at < before.count; at += 1) settled.add(at)
    for (const [from, to] of before.open) for (let at = from; at <= to; at += 1) settled.delete(at)
  }
  const number = start.counters.pages + 1
  const isOpen = ({ at }: { readonly at: number }): boolean => !settled.has(at)
  const named: SetAsideRecord[] = [...(start.setAside ?? [])]
  let written = 0
  let aside = 0
  const now = (): Tally => ({ settled: settled.size, written, aside, named: named.length })
  let ended = now()

  const counted = (
    pages: number,
    tally: Tally = now(),
  ): Pick<SyncCheckpoint, 'counters' | 'setAside'> => {
    const { counters } = start
    const { written, aside } = tally
    const setAside = (counters.setAside ?? 0) + aside
    return {
      counters: {
        pages: counters.pages + pages,
        read: counters.read + written + aside,
        written: counters.written + written,
        ...(setAside === 0 ? {} : { setAside }),
      },
      ...(tally.named === 0 ? {} : { setAside: named.slice(0, tally.named) }),
    }
  }
  const at = (cursor: string | undefined): Pick<SyncCheckpoint, 'cursor' | 'definition'> =>
    cursor === undefined ? {} : { cursor, definition }

  const inside = (tally: Tally = now()): SyncCheckpoint => {
    const { cursor, ...rest } = start
    const { page: first } = parsePlace(cursor)
    const of = first === undefined ? {} : { page: first }
    // In the order in which they were settled.
    const known = new Set([...settled].slice(0, tally.settled))
    let count = 0
    for (const one of known) count = Math.max(count, one + 1)
    if (count === 0) return { ...rest, ...at(formatPlace(of)) }
    const open: number[] = []
    for (let one = 0; one < count; one += 1) if (!known.has(one)) open.push(one)
    const accepted = {
      count,
      digest: recordsDigest(page.records.slice(0, count)),
      open: toRanges(open),
    }
    return { ...rest, ...at(formatPlace({ ...of, accepted })), ...counted(0, tally) }
  }

  return {
    number,
    open: () => good.filter(isOpen),
    bad: () => bad.filter(isOpen),
    accept: (records) => {
      for (const { at } of records) settled.add(at)
      written += records.length
    },
    setAside: (record) => {
      settled.add(record.at)
      aside += 1
      if (named.length < MAX_SET_ASIDE_NAMED)
        named.push({ id: recordName(record, number), reason: reasonText(record.reason) })
    },
    inside: () => inside(),
    batchDone: () => {
      ended = now()
    },
    handedBack: () => {
      const place = inside(ended)
      const added = (place.cursor?.length ?? 0) - (start.cursor?.length ?? 0)
      return added > MAX_ADDED ? undefined : place
    },
    done: () => {
      const { loop, next, total = start.total } = page
      const warnings = [...new Set([...(start.warnings ?? []), ...(page.warnings ?? [])])]
        .slice(0, MAX_SYNC_WARNINGS)
        .map((text) => text.slice(0, MAX_WARNING))
      const mark = higherWatermark(start.watermark, watermark)
      return {
        ...at(next),
        ...(loop === undefined ? {} : { loop }),
        ...(total === undefined ? {} : { total }),
        ...(mark === undefined ? {} : { watermark: mark }),
        ...(warnings.length === 0 ? {} : { warnings }),
        ...(start.since === undefined ? {} : { since: start.since }),
        ...counted(1),
      }
    },
  }
}
