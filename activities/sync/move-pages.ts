import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { SyncSliceResult } from '../../src/contract/sync-slice.js'
import type { Lease } from '../../src/contract/lease.js'
import { Interruption } from '../runtime/waits.js'
import type { ServerNow } from '../runtime/server-clock.js'
import { sitOut } from '../runtime/upstream-wait.js'
import { PageLedger } from './writing/page-ledger.js'
import type { Page, PageReader } from './reading/page-reader.js'
import { parseSyncPosition, type PositionInPage, recordsDigest } from './reading/sync-position.js'
import type { PreparedPage } from './writing/prepare-records.js'
import type { SliceEnd } from './slice-end.js'

export interface MovePagesOptions {
  readonly reader: Pick<PageReader, 'read'>
  readonly prepare: (page: Page) => PreparedPage | Promise<PreparedPage>
  /** Hands the open records of a page to the sink. */
  readonly write: (ledger: PageLedger, signal: AbortSignal) => Promise<void>
  readonly fit: LeaseFit
  /** By the clock of the leases. */
  readonly now: ServerNow
  readonly start: SyncCheckpoint
  /** The fingerprint of the source's definition, as it stands in checkpoints. */
  readonly definition: string
  readonly end: SliceEnd
  readonly isDraining: () => boolean
  /** Others may wait for the slot. */
  readonly isTurnOver: () => boolean
  /** When the slice ends to report its position to the flow. */
  readonly reportAtMs: number
  /** Everything before this position is accepted by the sink, or set aside. */
  readonly onAccepted: (checkpoint: SyncCheckpoint, done: boolean) => Promise<void> | undefined
  /** The beginning of the page is not what the sink had accepted of it. Undefined: all of it is written again. */
  readonly changedPage: () => Error | undefined
}

/** A page that was asked for. One that can't be read fails the slice in its turn, after the one before it is accepted. */
type Coming =
  | { readonly outcome: 'read'; readonly page: PreparedPage }
  | { readonly outcome: 'failed'; readonly error: unknown }

/**
 * Reads one page ahead while the last one is written: two pages at most are in memory. Looks at the
 * leases at every page boundary and stops before one dies.
 */
export async function movePages(options: MovePagesOptions): Promise<SyncSliceResult> {
  const { reader, prepare, fit, end, definition, now } = options
  const abort = new AbortController()
  const signal = AbortSignal.any([end.signal, abort.signal])
  const read = async (cursor: string | undefined): Promise<Coming> => {
    for (let times = 1; ; times += 1) {
      try {
        const made = prepare(await reader.read(cursor, signal))
        return { outcome: 'read', page: made instanceof Promise ? await made : made }
      } catch (failed) {
        try {
          await sitOut(failed, times, signal)
        } catch (error) {
          return { outcome: 'failed', error }
        }
      }
    }
  }
  let checkpoint = options.start
  const start = parseSyncPosition(checkpoint.cursor)
  let { accepted } = start
  const interruption = new Interruption(end.interrupted)
  try {
    let coming = read(start.page)
    for (;;) {
      const came = await interruption.during(coming)
      if (came === undefined) return { outcome: 'interrupted', checkpoint }
      if (came.outcome === 'failed') throw came.error
      const current = came.page
      const { next, records } = current.page
      if (accepted !== undefined && !begins(records, accepted)) {
        const failure = options.changedPage()
        if (failure !== undefined) throw failure
        accepted = undefined
      }
      const fits = fit.tooShort(now()).length === 0
      // Asked before the next page is: the slice that goes on would have to ask for it again.
      const isTurnOver = options.isTurnOver()
      const ahead = next !== undefined && fits && !isTurnOver ? read(next) : undefined
      const ledger = new PageLedger(current, checkpoint, definition, accepted)
      await options.write(ledger, signal)
      accepted = undefined
      checkpoint = ledger.done()
      const noted = options.onAccepted(checkpoint, next === undefined)
      if (noted !== undefined) await noted
      fit.pageDone(now())
      if (next === undefined) return { outcome: 'done', checkpoint }
      const ending = endsHere(options)
      if (ending !== undefined) return { ...ending, checkpoint }
      if (isTurnOver) return { outcome: 'turn', checkpoint }
      coming = ahead ?? read(next)
    }
  } finally {
    interruption.stop()
    abort.abort()
  }
}

type Ending =
  | { readonly outcome: 'interrupted' | 'draining' | 'report' }
  | { readonly outcome: 'lease'; readonly connections: readonly string[] }

/** Why a slice ends behind a page that is accepted. */
function endsHere({ end, fit, isDraining, reportAtMs, now }: MovePagesOptions): Ending | undefined {
  if (end.interrupted.aborted) return { outcome: 'interrupted' }
  if (isDraining()) return { outcome: 'draining' }
  const connections = fit.tooShort(now())
  if (connections.length > 0) return { outcome: 'lease', connections }
  return now() >= reportAtMs ? { outcome: 'report' } : undefined
}

function begins(records: readonly unknown[], { count, digest }: PositionInPage): boolean {
  return count <= records.length && recordsDigest(records.slice(0, count)) === digest
}

const NONE: readonly string[] = []
const REMEMBERED_PAGES = 5
/** A little more than the slowest: the next one may be slower still. */
const MARGIN = 1.25

/** Judges by the recent pages whether another one fits into what the leases have left. */
export class LeaseFit {
  readonly #leases: readonly Lease[]
  readonly #durations: number[] = []
  #beforeMs: number

  constructor(leases: readonly Lease[], startMs: number) {
    this.#leases = leases
    this.#beforeMs = startMs
  }

  /** A page was accepted; the time since the last one counts. */
  pageDone(nowMs: number): void {
    this.#durations.push(nowMs - this.#beforeMs)
    if (this.#durations.length > REMEMBERED_PAGES) this.#durations.shift()
    this.#beforeMs = nowMs
  }

  /** The connections whose lease is too short for another page. */
  tooShort(nowMs: number): readonly string[] {
    const untilMs = nowMs + Math.max(0, ...this.#durations) * MARGIN
    const ending = this.#leases.filter((lease) => lease.expiresAtMs <= untilMs)
    if (ending.length === 0) return NONE
    return [...new Set(ending.map((lease) => lease.connection))]
  }
}
