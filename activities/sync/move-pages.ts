import type { Lease } from '../../src/contract/lease.js'
import type { SyncCheckpoint, SyncSliceResult } from '../../src/contract/sync.js'
import { UpstreamWait } from '../http/upstream-signals.js'
import { pause } from './pause.js'
import type { Page, PageReader } from './page-reader.js'
import type { SinkWriter } from './sink-writer.js'

/** A wait up to this long is sat out here; a longer one becomes a timer of the flow. */
const SHORT_WAIT_MS = 2000

export interface MovePagesOptions {
  readonly reader: PageReader
  readonly writer: SinkWriter
  readonly leases: readonly Lease[]
  readonly start: SyncCheckpoint
  readonly signal: AbortSignal
  readonly isDraining: () => boolean
  /** Everything before this place is accepted by the sink. */
  readonly onAccepted: (checkpoint: SyncCheckpoint, done: boolean) => void
}

/**
 * Reads one page ahead while the last one is written: two pages at most are in memory. Looks at the
 * leases at every page boundary and stops before one dies.
 */
export async function movePages(options: MovePagesOptions): Promise<SyncSliceResult> {
  const { reader, writer, isDraining } = options
  const abort = new AbortController()
  const signal = AbortSignal.any([options.signal, abort.signal])
  const read = (cursor: string | undefined): Promise<Page> => {
    const page = sitOut(() => reader.read(cursor, signal), signal)
    // A page that can't be read is told when its turn comes, after the one before it is accepted.
    page.catch(() => undefined)
    return page
  }
  let checkpoint = options.start
  let longestPageMs = 0
  try {
    let startedAtMs = Date.now()
    let coming = read(checkpoint.cursor)
    for (;;) {
      const page = await coming
      const ahead = page.next === undefined ? undefined : read(page.next)
      await sitOut(() => writer.write(page.records, signal), signal)
      checkpoint = after(checkpoint, page)
      options.onAccepted(checkpoint, page.next === undefined)
      if (ahead === undefined) return { outcome: 'done', checkpoint }
      if (isDraining()) return { outcome: 'draining', checkpoint }
      const nowMs = Date.now()
      longestPageMs = Math.max(longestPageMs * 0.9, nowMs - startedAtMs)
      startedAtMs = nowMs
      const ending = tooShort(options.leases, nowMs + longestPageMs * 1.5)
      if (ending.length > 0) return { outcome: 'lease', connections: ending, checkpoint }
      coming = ahead
    }
  } finally {
    abort.abort()
  }
}

function after(checkpoint: SyncCheckpoint, page: Page): SyncCheckpoint {
  const { pages, read, written } = checkpoint.counters
  const count = page.records.length
  return {
    ...(page.next === undefined ? {} : { cursor: page.next }),
    counters: { pages: pages + 1, read: read + count, written: written + count },
  }
}

function tooShort(leases: readonly Lease[], neededUntilMs: number): readonly string[] {
  const ending = leases.filter((lease) => lease.expiresAtMs <= neededUntilMs)
  return [...new Set(ending.map((lease) => lease.connection))]
}

async function sitOut<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UpstreamWait) || error.waitMs > SHORT_WAIT_MS) throw error
      await pause(error.waitMs, signal)
    }
  }
}
