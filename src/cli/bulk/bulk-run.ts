import { setTimeout as delay } from 'node:timers/promises'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { type ConnectionRef, formatConnection } from '../../contract/connection-ref.js'

/** What came of one connection; with `-o jsonl` a line, which `--resume` reads again. */
export type BulkResult = { readonly connection: string } & (
  | { readonly outcome: 'done' | 'planned'; readonly detail?: string | undefined }
  | { readonly outcome: 'skipped'; readonly why: string }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }
)

/** What the summary says about the connection, and whether there was anything to do. */
export interface Acted {
  readonly detail?: string | undefined
  readonly isSkipped?: true | undefined
}

export interface BulkRunOptions {
  /** In the order of their names: a run that was interrupted goes on behind the last one. */
  readonly refs: readonly ConnectionRef[]
  readonly everyMs: number
  readonly act: (ref: ConnectionRef) => Promise<Acted>
  readonly onResult: (result: BulkResult) => void
  /** No further one is begun once it is aborted. */
  readonly stop: AbortSignal
}

export interface BulkRun {
  readonly results: readonly BulkResult[]
  /** The last one before which nothing is open; absent: none. */
  readonly after?: string | undefined
  readonly isInterrupted: boolean
}

/** A provider that answers slowly must not hold all the others. */
const ACTS_AT_ONCE = 4

/** Does something to many connections at a pace. What goes wrong with one says nothing about the others. */
export async function runBulk(options: BulkRunOptions): Promise<BulkRun> {
  const { refs, everyMs, act, onResult, stop } = options
  const results = new Map<string, BulkResult>()
  let next = 0
  let startAtMs = Date.now()
  const isStopped = (): boolean => stop.aborted
  const work = async (): Promise<void> => {
    for (;;) {
      const ref = refs[next]
      if (ref === undefined || isStopped()) return
      next += 1
      const waitMs = startAtMs - Date.now()
      startAtMs = Math.max(startAtMs, Date.now()) + everyMs
      await delay(Math.max(0, waitMs), undefined, { signal: stop }).catch(() => undefined)
      if (isStopped()) return
      const connection = formatConnection(ref)
      const result = await attempt(connection, () => act(ref))
      results.set(connection, result)
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(ACTS_AT_ONCE, refs.length) }, work))
  const names = refs.map(formatConnection)
  const open = names.findIndex((name) => !results.has(name))
  return {
    results: names.flatMap((name) => results.get(name) ?? []),
    after: open < 0 ? names.at(-1) : names[open - 1],
    isInterrupted: open >= 0,
  }
}

async function attempt(connection: string, act: () => Promise<Acted>): Promise<BulkResult> {
  try {
    const { detail, isSkipped } = await act()
    if (isSkipped === true) return { connection, outcome: 'skipped', why: detail ?? '' }
    return { connection, outcome: 'done', detail }
  } catch (error) {
    const code = error instanceof TokenkeeperError ? error.code : 'Failed'
    const message = error instanceof Error ? error.message : 'unknown error'
    return { connection, outcome: 'failed', code, message }
  }
}
