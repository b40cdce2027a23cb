import type { SyncCheckpoint, SyncSliceResult } from '../../src/contract/sync.js'
import type { LeaseFit } from './lease-fit.js'
import type { Page, PageReader } from './page-reader.js'
import { parsePlace, recordsDigest } from './place.js'
import type { SinkWriter } from './sink-writer.js'
import { sitOut } from './sit-out.js'

export interface MovePagesOptions {
  readonly reader: PageReader
  readonly writer: SinkWriter
  readonly fit: LeaseFit
  readonly start: SyncCheckpoint
  /** Of the source, as it stands in the checkpoints. */
  readonly definition: string
  readonly signal: AbortSignal
  readonly isDraining: () => boolean
  /** A page begins to be written; `records` is what a place inside it is told by. */
  readonly onPage: (records: readonly unknown[]) => void
  /** Everything before this place is accepted by the sink. */
  readonly onAccepted: (checkpoint: SyncCheckpoint, done: boolean) => Promise<void>
  /** The beginning of the page is not what the sink had accepted of it. */
  readonly changedPage: () => Error
}

/**
 * Reads one page ahead while the last one is written: two pages at most are in memory. Looks at the
 * leases at every page boundary and stops before one dies.
 */
export async function movePages(options: MovePagesOptions): Promise<SyncSliceResult> {
  const { reader, writer, fit, isDraining } = options
  const abort = new AbortController()
  const signal = AbortSignal.any([options.signal, abort.signal])
  const read = (page: string | undefined): Promise<Page> => {
    const coming = sitOut(() => reader.read(page, signal), signal)
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
      const page = await coming
      if (accepted !== undefined && !begins(page.records, accepted)) throw options.changedPage()
      const fits = fit.tooShort(Date.now()).length === 0
      const ahead = page.next !== undefined && fits ? read(page.next) : undefined
      options.onPage(page.records)
      await writer.write(page.records, accepted?.count ?? 0, signal)
      accepted = undefined
      checkpoint = after(checkpoint, page, options.definition)
      await options.onAccepted(checkpoint, page.next === undefined)
      fit.pageDone(Date.now())
      if (page.next === undefined) return { outcome: 'done', checkpoint }
      if (isDraining()) return { outcome: 'draining', checkpoint }
      const connections = fit.tooShort(Date.now())
      if (connections.length > 0) return { outcome: 'lease', connections, checkpoint }
      coming = ahead ?? read(page.next)
    }
  } finally {
    abort.abort()
  }
}

function begins(
  records: readonly unknown[],
  { count, digest }: { readonly count: number; readonly digest: string },
): boolean {
  return count <= records.length && recordsDigest(records.slice(0, count)) === digest
}

function after(before: SyncCheckpoint, page: Page, definition: string): SyncCheckpoint {
  const { pages, read, written } = before.counters
  const { records, next, loop, total = before.total } = page
  const count = records.length
  return {
    ...(next === undefined ? {} : { cursor: next, definition }),
    ...(loop === undefined ? {} : { loop }),
    ...(total === undefined ? {} : { total }),
    counters: { pages: pages + 1, read: read + count, written: written + count },
  }
}
