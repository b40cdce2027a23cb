import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import { paceToMs } from '../client/replay/pace.js'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import type { ConnectionDetails } from '../contract/connection-details.js'
import { formatConnection, tokenWorkflowId } from '../contract/connection-ref.js'
import { ImportLog, readImportLog } from './import/import-log.js'
import type { ImportRow } from './import/read-row.js'
import { type RowResult, runImport, undoImport, type UndoResult } from './import/run-import.js'
import { EXIT } from './frame/exit-codes.js'
import type { OutputOptions } from './frame/output.js'
import { printJson, printJsonDocument, printLines, printNotes } from './frame/print.js'
import { confirm, needAnswer } from './frame/prompt.js'
import type { TemporalOptions } from './temporal/temporal-options.js'
import { UsageError } from './frame/usage-error.js'
import { withKeeper } from './temporal/with-keeper.js'

export interface ImportOptions extends TemporalOptions, OutputOptions {
  readonly dryRun?: true | undefined
  readonly pace: string
  readonly replace?: true | undefined
  readonly undoFile?: string | undefined
  readonly undo?: string | undefined
  readonly yes?: true | undefined
}

/**
 * `tokenkeeper import`: connects what the lines of a file or of standard input say, each sealed as it is
 * read. Exit code 1 where one of them failed.
 */
export async function importConnections(
  file: string | undefined,
  options: ImportOptions,
): Promise<void> {
  if (options.undo !== undefined) {
    if (file !== undefined)
      throw new UsageError(
        'Give a file to import, or --undo with the file for the way back: not both.',
      )
    await undoByFile(options.undo, options)
    return
  }
  const everyMs = paceToMs(options.pace)
  if (everyMs === undefined)
    throw new UsageError("The pace is none: write --pace '5/s', '30/m' or '100/h'.")
  const dryRun = options.dryRun === true
  const lines = await openLines(file)
  await withKeeper(options, async ({ client, keeper, publicKey }) => {
    if (publicKey === undefined)
      throw new UsageError(
        'Credentials are sealed before they leave this machine, which needs the public key that `npx tokenkeeper keygen` printed: give --public-key or TOKENKEEPER_PUBLIC_KEY.',
      )
    const undoFile = resolve(options.undoFile ?? `import-${stamp(new Date())}.undo.ndjson`)
    const log = dryRun ? undefined : await createLog(undoFile)
    const results = resultWriter(options)
    try {
      const summary = await runImport({
        lines,
        everyMs,
        dryRun,
        replace: options.replace === true,
        onResult: results.write,
        world: {
          isConnected: (row) => isConnected(keeper, row),
          connect: (row) => connectOne({ client, keeper, log }, row),
          codeOf: codeAndMessage,
        },
      })
      results.end()
      const did = dryRun ? 'would be connected' : 'connected'
      printNotes(
        `${summary.connected} ${did}, ${summary.skipped} skipped, ${summary.failed} failed.`,
      )
      if (log?.isEmpty === false)
        printNotes(`The way back: npx tokenkeeper import --undo ${undoFile}`)
      if (summary.failed > 0) process.exitCode = EXIT.failed
    } finally {
      await log?.close()
    }
  })
}

/** Whether it has a credential already: a connection that flows wait for, and nobody has given one, has none. */
async function isConnected(keeper: TokenkeeperClient, { ref }: ImportRow): Promise<boolean> {
  try {
    const { status } = await keeper.status(ref.connector, ref.account)
    return status !== 'pending' && status !== 'revoked'
  } catch (error) {
    if (error instanceof TokenkeeperError && error.code === 'NotConnected') return false
    throw error
  }
}

interface Hands {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly log: ImportLog | undefined
}

async function connectOne({ client, keeper, log }: Hands, row: ImportRow): Promise<void> {
  const { ref, credential, details, allowOtherAccount } = row
  const connection = formatConnection(ref)
  const atMs = Date.now()
  const before = await firstRunOf(client, tokenWorkflowId(ref))
  // What was there before is not taken away by the way back.
  const isNew = before === undefined
  if (isNew) await log?.write({ connection, atMs })
  const remember = async (hasFailed?: true): Promise<void> => {
    if (!isNew) return
    const firstExecutionRunId = await firstRunOf(client, tokenWorkflowId(ref))
    await log?.write({ connection, atMs, firstExecutionRunId, hasFailed })
  }
  try {
    await keeper.connect(ref.connector, ref.account, credential, {
      ...(details as ConnectionDetails),
      allowOtherAccount,
    })
  } catch (error) {
    // What is not written down is undone with more care; why it failed is what counts.
    await remember(true).catch(() => undefined)
    throw error
  }
  await remember()
}

/** The first execution run id of the workflow that is there now; undefined: there is none. */
async function firstRunOf(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe()
    if (status.name !== 'RUNNING') return undefined
    return raw.workflowExecutionInfo?.firstRunId ?? undefined
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

async function undoByFile(path: string, options: ImportOptions): Promise<void> {
  if (options.dryRun !== true) needAnswer(options)
  const imported = await readImportLog(path)
  const results = resultWriter(options)
  await withKeeper(options, async ({ client, keeper }) => {
    printNotes(
      `This ends ${imported.length} connections that the import made: their credentials are forgotten, and no provider is told, so that another system may go on with what it has. A refresh token that rotates has been exchanged, though: its account must be authorised again elsewhere.`,
    )
    if (options.dryRun !== true && options.yes !== true && !(await confirm('End them?'))) {
      printNotes('Nothing was changed.')
      process.exitCode = EXIT.interrupted
      return
    }
    let failed = 0
    for (const one of imported) {
      const result = await undoImport({ client, keeper, dryRun: options.dryRun === true }, one)
      if (result.outcome === 'failed') failed += 1
      results.write(result)
    }
    results.end()
    if (failed > 0) process.exitCode = EXIT.failed
  })
}

/** A line each, as it comes; one JSON document at the end. */
function resultWriter({ output }: OutputOptions): {
  readonly write: (result: RowResult | UndoResult) => void
  readonly end: () => void
} {
  const all: (RowResult | UndoResult)[] = []
  return {
    write: (result) => {
      if (output === 'json') all.push(result)
      else if (output === 'jsonl') printJson(result)
      else printLines(resultLine(result))
    },
    end: () => {
      if (output === 'json') printJsonDocument(all)
    },
  }
}

function resultLine(result: RowResult | UndoResult): string {
  const { connection, outcome, message } = result
  const name = connection ?? `line ${'line' in result ? result.line : ''}`
  return `${name.padEnd(32)} ${outcome}${message === undefined ? '' : `  ${message}`}`
}

function codeAndMessage(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof TokenkeeperError) return { code: error.code, message: error.message }
  return { code: 'Failed', message: error instanceof Error ? error.message : 'it failed' }
}

/** @throws UsageError for a file that others can read, and where there is nothing to read */
async function openLines(file: string | undefined): Promise<AsyncIterable<string>> {
  if (file === undefined || file === '-') {
    if (process.stdin.isTTY)
      throw new UsageError('Give a file of mode 0600, or pipe the lines in: each is a JSON object.')
    return linesOf(() => process.stdin)
  }
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) throw new UsageError(`There is no file ${file}.`)
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new UsageError(
      `${file} holds credentials, and others than its owner can read it: chmod 600 ${file}, and delete it when the import is done.`,
    )
  return linesOf(() => createReadStream(file))
}

/** Opened when they are read: what comes before would be lost. */
async function* linesOf(input: () => NodeJS.ReadableStream): AsyncIterable<string> {
  yield* createInterface({ input: input(), crlfDelay: Infinity })
}

async function createLog(path: string): Promise<ImportLog> {
  try {
    return await ImportLog.create(path)
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new UsageError(
      `${path} ${isThere ? 'exists already, and is never overwritten' : "can't be written"}: name another file for the way back with --undo-file.`,
    )
  }
}

function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
}
