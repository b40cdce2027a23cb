import type { SyncCheckpoint, SyncSliceResult } from '../../src/contract/sync.js'
import { untilAborted } from '../until-aborted.js'
import type { LeaseFit } from './lease-fit.js'
import { createPageLedger, type PageLedger } from './page-ledger.js'
import type { Page, PageReader } from './page-reader.js'
import { parsePlace, type PlaceInPage, recordsDigest } from './place.js'
import type { PreparedPage } from './prepare-records.js'
import type { ServerNow } from '../server-clock.js'
import { sitOut } from '../limits/sit-out.js'
import type { SliceEnd } from './slice-end.js'

export interface MovePagesOptions {
  readonly reader: PageReader
  readonly prepare: (page: Page) => Promise<PreparedPage>
  /** Hands the open records of a page to the sink. */
  readonly write: (ledger: PageLedger, signal: AbortSignal) => Promise<void>
  readonly fit: LeaseFit
  /** By the clock of the leases. */
  readonly now: ServerNow
  readonly start: SyncCheckpoint
  /** Of the source, as it stands in the checkpoints. */
  readonly definition: string
  readonly end: SliceEnd
  readonly isDraining: () => boolean
  /** When the flow wants to hear of the place. */
  readonly reportAtMs: number
  /** Everything before this place is accepted by the sink, or set aside. */
  readonly onAccepted: (checkpoint: SyncCheckpoint, done: boolean) => Promise<void>
  /** The beginning of the page is not what the sink had accepted of it. Undefined: all of it is written again. */
  readonly changedPage: () => Error | undefined
}

/**
 * Reads one page ahead while the last one is written: two pages at most are in memory. Looks at the
 * leases at every page boundary and stops before one dies.
 */
export async function movePages(options: MovePagesOptions): Promise<SyncSliceResult> {
  const { reader, prepare, fit, end, definition, now } = options
  const abort = new AbortController()
  const signal = AbortSignal.any([end.signal, abort.signal])
  const read = (page: string | undefined): Promise<PreparedPage> => {
    const coming = sitOut(() => reader.read(page, signal), signal).then(prepare)
    // A page that can't be read is told when its turn comes, after the one before it is accepted.
    coming.catch(() => undefined)
    return coming
  }
  let checkpoint = options.start
  const start = parsePlace(checkpoint.cursor)
  let { accepted } = start
  try {
    let coming = read(start.page)
    for (;;) {
      const prepared = await untilAborted(coming, end.interrupted)
      if (prepared === undefined) return { outcome: 'interrupted', checkpoint }
      const { next, records } = prepared.page
      if (accepted !== undefined && !begins(records, accepted)) {
        const failure = options.changedPage()
        if (failure !== undefined) throw failure
        accepted = undefined
      }
      const fits = fit.tooShort(now()).length === 0
      const ahead = next !== undefined && fits ? read(next) : undefined
      const ledger = createPageLedger(prepared, checkpoint, definition, accepted)
      await options.write(ledger, signal)
      accepted = undefined
      checkpoint = ledger.done()
      await options.onAccepted(checkpoint, next === undefined)
      fit.pageDone(now())
      if (next === undefined) return { outcome: 'done', checkpoint }
      const ending = endsHere(options)
      if (ending !== undefined) return { ...ending, checkpoint }
      coming = ahead ?? read(next)
    }
  } finally {
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

function begins(records: readonly unknown[], { count, digest }: PlaceInPage): boolean {
  return count <= records.length && recordsDigest(records.slice(0, count)) === digest
}
