import { setTimeout as pause } from 'node:timers/promises'
import { formatConnection } from '../../contract/connection-ref.js'
import { type ImportRow, readRow } from './read-row.js'

/** What became of one line. */
export interface RowResult {
  /** From 1. */
  readonly line: number
  /** Undefined where the line could not be read. */
  readonly connection?: string | undefined
  /** `would connect`: with a dry run. */
  readonly outcome: 'connected' | 'would connect' | 'skipped' | 'failed'
  readonly code?: string | undefined
  readonly message?: string | undefined
}

export interface ImportSummary {
  readonly connected: number
  readonly skipped: number
  readonly failed: number
}

/** What an import does to the world; a dry run does nothing of it. */
export interface ImportWorld {
  /** Whether it has a credential already. */
  readonly isConnected: (row: ImportRow) => Promise<boolean>
  readonly connect: (row: ImportRow) => Promise<void>
  readonly codeOf: (error: unknown) => { readonly code: string; readonly message: string }
}

export interface RunImportOptions {
  readonly lines: AsyncIterable<string>
  readonly world: ImportWorld
  /** From one start to the next. */
  readonly everyMs: number
  readonly dryRun: boolean
  /** Gives those that are connected their credential all the same. */
  readonly replace: boolean
  readonly onResult: (result: RowResult) => void
}

/** How many connect at once: each waits for its provider. */
const ROWS_AT_ONCE = 8

/** Connects what the lines say, at a pace, and tells what became of each. What fails stops nothing else. */
export async function runImport(options: RunImportOptions): Promise<ImportSummary> {
  const { lines, everyMs, dryRun, onResult } = options
  const counts = { connected: 0, skipped: 0, failed: 0 }
  const names = new Set<string>()
  const working = new Set<Promise<void>>()
  const tell = (result: RowResult): void => {
    if (result.outcome === 'skipped') counts.skipped += 1
    else if (result.outcome === 'failed') counts.failed += 1
    else counts.connected += 1
    onResult(result)
  }
  let line = 0
  let nextMs = performance.now()
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    const at = line
    const read = readRow(text)
    if (read.outcome === 'refused') {
      tell({ line: at, outcome: 'failed', code: 'InvalidInput', message: `${read.reason}.` })
      continue
    }
    const { row } = read
    const connection = formatConnection(row.ref)
    if (names.has(connection)) {
      const message = 'An earlier line has the same connection.'
      tell({ line: at, connection, outcome: 'failed', code: 'InvalidInput', message })
      continue
    }
    names.add(connection)
    if (working.size >= ROWS_AT_ONCE) await Promise.race(working)
    if (!dryRun) await pause(Math.max(0, nextMs - performance.now()))
    nextMs = Math.max(nextMs, performance.now() - everyMs) + everyMs
    const work = importRow(row, options).then((result) => {
      working.delete(work)
      tell({ ...result, line: at, connection })
    })
    working.add(work)
  }
  await Promise.all(working)
  return counts
}

async function importRow(
  row: ImportRow,
  { world, dryRun, replace }: RunImportOptions,
): Promise<Pick<RowResult, 'outcome' | 'code' | 'message'>> {
  try {
    if (!replace && (await world.isConnected(row)))
      return {
        outcome: 'skipped',
        message: 'It is connected already; --replace gives it this credential.',
      }
    if (dryRun) return { outcome: 'would connect' }
    await world.connect(row)
    return { outcome: 'connected' }
  } catch (error) {
    return { outcome: 'failed', ...world.codeOf(error) }
  }
}
