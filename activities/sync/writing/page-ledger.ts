import {
  MAX_SET_ASIDE_NAMED,
  MAX_SYNC_WARNINGS,
  type SetAsideRecord,
  type SyncCheckpoint,
} from '../../../src/contract/sync.js'
import { higherWatermark } from '../../../src/contract/watermark.js'
import { type BadRecord, type OutgoingRecord, reasonText, recordName } from './outgoing-record.js'
import {
  formatSyncPosition,
  parseSyncPosition,
  type PositionInPage,
  recordsDigest,
  toRanges,
} from '../reading/sync-position.js'
import type { PreparedPage } from './prepare-records.js'
import type { ReadyBatch } from './sink.js'

/** How many characters a cursor may grow by when it holds the position inside a page. */
const MAX_ADDED = 10_000
/** The longest warning, in characters. */
const MAX_WARNING = 500

/** How many records were settled at some moment, and how. */
interface Tally {
  readonly settled: number
  readonly written: number
  readonly aside: number
  readonly named: number
}

/** What became of each record of one page, and the checkpoints that follow from it. */
export class PageLedger {
  /** From 1. */
  readonly number: number
  readonly #prepared: PreparedPage
  readonly #start: SyncCheckpoint
  readonly #definition: string
  /** By place in the page: 1 is settled. */
  readonly #isSettled: Uint8Array
  /** The places in the order in which they were settled. */
  readonly #settled: number[] = []
  readonly #named: SetAsideRecord[]
  #written = 0
  #aside = 0
  #ended: Tally

  /**
   * @param definition of the source, as it stands beside cursors
   * @param before what an earlier slice has settled of the page, which `start` counts already
   */
  constructor(
    prepared: PreparedPage,
    start: SyncCheckpoint,
    definition: string,
    before: PositionInPage | undefined,
  ) {
    this.#prepared = prepared
    this.#start = start
    this.#definition = definition
    this.#named = [...(start.setAside ?? [])]
    this.number = start.counters.pages + 1
    this.#isSettled = new Uint8Array(prepared.page.records.length)
    if (before !== undefined) {
      // The page has as many records: whoever gives `before` has looked.
      const open = new Set<number>()
      for (const [from, to] of before.open) for (let at = from; at <= to; at += 1) open.add(at)
      for (let at = 0; at < before.count; at += 1) if (!open.has(at)) this.#settle(at)
    }
    this.#ended = this.#now()
  }

  /** The records that are to be written, in order. */
  open(): readonly OutgoingRecord[] {
    return this.#unsettled(this.#prepared.good)
  }

  /** The first batch of the whole page. */
  get ready(): ReadyBatch | undefined {
    return this.#prepared.ready
  }

  /** The ones that can't go through and are not counted yet. */
  bad(): readonly BadRecord[] {
    return this.#unsettled(this.#prepared.bad)
  }

  accept(records: readonly OutgoingRecord[]): void {
    for (const { at } of records) this.#settle(at)
    this.#written += records.length
  }

  setAside(record: BadRecord): void {
    this.#settle(record.at)
    this.#aside += 1
    if (this.#named.length < MAX_SET_ASIDE_NAMED)
      this.#named.push({ id: recordName(record, this.number), reason: reasonText(record.reason) })
  }

  /** A batch is completed, in however many parts: each of its records is accepted or set aside. */
  batchDone(): void {
    this.#ended = this.#now()
  }

  /** The position inside the page: behind what is accepted or set aside. */
  inside(): SyncCheckpoint {
    return this.#positionAt(this.#now())
  }

  /**
   * The position behind the last batch that was completed. From there the next slice puts the same batches
   * together again, so that each has the same idempotency key. Undefined where it is too long to be
   * kept in a history.
   */
  handedBack(): SyncCheckpoint | undefined {
    const position = this.#positionAt(this.#ended)
    const added = (position.cursor?.length ?? 0) - (this.#start.cursor?.length ?? 0)
    return added > MAX_ADDED ? undefined : position
  }

  /** The position behind the page. */
  done(): SyncCheckpoint {
    const start = this.#start
    const { page, watermark } = this.#prepared
    const { cycleGuard, next, total = start.total } = page
    const warnings = union(start.warnings, page.warnings)
      .slice(0, MAX_SYNC_WARNINGS)
      .map((text) => text.slice(0, MAX_WARNING))
    const { cursor, definition } = this.#at(next)
    const { counters, setAside } = this.#counted(1, this.#now())
    // Made for every page: to spread several objects into one takes longer than all the rest.
    return {
      cursor,
      definition,
      cycleGuard,
      total,
      watermark: higherWatermark(start.watermark, watermark),
      warnings: warnings.length === 0 ? undefined : warnings,
      since: start.since,
      counters,
      setAside,
    }
  }

  #settle(at: number): void {
    if (this.#isSettled[at] === 1) return
    this.#isSettled[at] = 1
    this.#settled.push(at)
  }

  #unsettled<Placed extends { readonly at: number }>(
    records: readonly Placed[],
  ): readonly Placed[] {
    if (this.#settled.length === 0) return records
    return records.filter(({ at }) => this.#isSettled[at] !== 1)
  }

  #now(): Tally {
    const { length } = this.#settled
    return {
      settled: length,
      written: this.#written,
      aside: this.#aside,
      named: this.#named.length,
    }
  }

  #positionAt(tally: Tally): SyncCheckpoint {
    const { cursor, ...rest } = this.#start
    const { page } = parseSyncPosition(cursor)
    // In the order in which they were settled.
    const known = new Set(this.#settled.slice(0, tally.settled))
    let count = 0
    for (const one of known) count = Math.max(count, one + 1)
    if (count === 0) return { ...rest, ...this.#at(formatSyncPosition({ page })) }
    const open: number[] = []
    for (let one = 0; one < count; one += 1) if (!known.has(one)) open.push(one)
    const accepted = {
      count,
      digest: recordsDigest(this.#prepared.page.records.slice(0, count)),
      open: toRanges(open),
    }
    return {
      ...rest,
      ...this.#at(formatSyncPosition({ page, accepted })),
      ...this.#counted(0, tally),
    }
  }

  #at(cursor: string | undefined): Pick<SyncCheckpoint, 'cursor' | 'definition'> {
    return { cursor, definition: cursor === undefined ? undefined : this.#definition }
  }

  #counted(pages: number, tally: Tally): Pick<SyncCheckpoint, 'counters' | 'setAside'> {
    const { counters } = this.#start
    const { written, aside, named } = tally
    const setAside = (counters.setAside ?? 0) + aside
    return {
      counters: {
        pages: counters.pages + pages,
        read: counters.read + written + aside,
        written: counters.written + written,
        setAside: setAside === 0 ? undefined : setAside,
      },
      setAside: named === 0 ? undefined : this.#named.slice(0, named),
    }
  }
}

const NO_TEXTS: readonly string[] = []

function union(one = NO_TEXTS, other = NO_TEXTS): readonly string[] {
  return other.length === 0 ? one : [...new Set([...one, ...other])]
}
