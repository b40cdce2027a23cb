import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
  tokenWorkflowId,
} from '../../contract/connection-ref.js'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import { type ImportRow, readRow } from './read-row.js'
import type { Imported } from './import-log.js'

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

interface ImportSummary {
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

interface RunImportOptions {
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

export interface UndoResult {
  readonly connection: string
  /** `would end`: with a dry run. */
  readonly outcome: 'ended' | 'would end' | 'skipped' | 'failed'
  readonly message?: string | undefined
}

interface UndoHands {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly dryRun: boolean
}

/** What clocks of this machine and of the server may differ. */
const CLOCKS_MS = 300_000

/**
 * Ends a connection that an import has made: its token workflow is terminated, so that no provider is told.
 * One that was there before, was made anew since, or has got another credential since stays; so does one
 * with a credential of which the file does not say that the import has given it.
 */
export async function undoImport(
  { client, keeper, dryRun }: UndoHands,
  { connection, atMs, firstExecutionRunId, hasFailed }: Imported,
): Promise<UndoResult> {
  const ref = parseConnection(connection)
  if (ref === undefined) return { connection, outcome: 'failed', message: 'That is no connection.' }
  const handle = client.workflow.getHandle(tokenWorkflowId(ref))
  try {
    const { raw, startTime, status } = await handle.describe()
    if (status.name !== 'RUNNING')
      return { connection, outcome: 'skipped', message: 'It is not there any more.' }
    const first = raw.workflowExecutionInfo?.firstRunId
    const isOurs =
      firstExecutionRunId === undefined
        ? Math.abs(startTime.getTime() - atMs) < CLOCKS_MS
        : first === firstExecutionRunId
    if (!isOurs)
      return { connection, outcome: 'skipped', message: 'It was made anew since the import.' }
    const kept =
      firstExecutionRunId === undefined || hasFailed === true
        ? await whyForeign(keeper, ref, hasFailed === true)
        : await whyChanged(keeper, ref)
    if (kept !== undefined) return { connection, outcome: 'skipped', message: kept }
    if (dryRun) return { connection, outcome: 'would end' }
    await handle.terminate('tokenkeeper import --undo')
    return { connection, outcome: 'ended' }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return { connection, outcome: 'skipped', message: 'It is not there any more.' }
    return {
      connection,
      outcome: 'failed',
      message: error instanceof Error ? error.message : 'It failed.',
    }
  }
}

/** A sentence where it has a credential: somebody else may have given it. Without one nothing is lost. */
async function whyForeign(
  keeper: TokenkeeperClient,
  { connector, account }: ConnectionRef,
  hasFailed: boolean,
): Promise<string | undefined> {
  const { status } = await keeper.status(connector, account)
  if (status === 'pending') return undefined
  const what = hasFailed
    ? 'The import failed to connect it'
    : 'The import ended while it connected it'
  return `${what}, and it is ${status}: somebody else may have connected it. Where nobody has, end it with \`tokenkeeper revoke\`.`
}

/** A sentence where somebody has connected it, or rotated its credential, after the import did. */
async function whyChanged(
  keeper: TokenkeeperClient,
  { connector, account }: ConnectionRef,
): Promise<string | undefined> {
  const story = await keeper.story(connector, account)
  const given = story.filter(({ event }) => event === 'connected' || event === 'rotated').length
  return given > 1
    ? 'It has got another credential since the import: end it with `tokenkeeper revoke`.'
    : undefined
}
