import {
  MAX_SET_ASIDE_NAMED,
  type SetAsideRecord,
  type SyncCheckpoint,
} from '../../src/contract/sync.js'
import { higherWatermark } from '../../src/contract/watermark.js'
import { recordName, reasonText } from './bad-records.js'
import type { BadRecord, OutgoingRecord } from './outgoing-record.js'
import { formatPlace, parsePlace, type PlaceInPage, recordsDigest } from './place.js'
import type { PreparedPage } from './prepare-records.js'

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
  /** The place behind the page. */
  readonly done: () => SyncCheckpoint
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
    const open = new Set(before.open)
    for (let at = 0; at < before.count; at += 1) if (!open.has(at)) settled.add(at)
  }
  const number = start.counters.pages + 1
  const isOpen = ({ at }: { readonly at: number }): boolean => !settled.has(at)
  const named: SetAsideRecord[] = [...(start.setAside ?? [])]
  let written = 0
  let aside = 0

  const counted = (pages: number): Pick<SyncCheckpoint, 'counters' | 'setAside'> => {
    const { counters } = start
    const setAside = (counters.setAside ?? 0) + aside
    return {
      counters: {
        pages: counters.pages + pages,
        read: counters.read + written + aside,
        written: counters.written + written,
        ...(setAside === 0 ? {} : { setAside }),
      },
      ...(named.length === 0 ? {} : { setAside: [...named] }),
    }
  }
  const at = (cursor: string | undefined): Pick<SyncCheckpoint, 'cursor' | 'definition'> =>
    cursor === undefined ? {} : { cursor, definition }

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
    inside: () => {
      const { cursor, ...rest } = start
      const { page: first } = parsePlace(cursor)
      const of = first === undefined ? {} : { page: first }
      let count = 0
      for (const one of settled) count = Math.max(count, one + 1)
      if (count === 0) return { ...rest, ...at(formatPlace(of)) }
      const open: number[] = []
      for (let one = 0; one < count; one += 1) if (!settled.has(one)) open.push(one)
      const accepted = { count, digest: recordsDigest(page.records.slice(0, count)), open }
      return { ...rest, ...at(formatPlace({ ...of, accepted })), ...counted(0) }
    },
    done: () => {
      const { loop, next, total = start.total } = page
      const mark = higherWatermark(start.watermark, watermark)
      return {
        ...at(next),
        ...(loop === undefined ? {} : { loop }),
        ...(total === undefined ? {} : { total }),
        ...(mark === undefined ? {} : { watermark: mark }),
        ...(start.since === undefined ? {} : { since: start.since }),
        ...counted(1),
      }
    },
  }
}
