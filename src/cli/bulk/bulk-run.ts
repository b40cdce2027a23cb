import { setTimeout as delay } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { type ConnectionRef, formatConnection } from '../../contract/connection-ref.js'
import { isRecord } from '../../contract/plain-data.js'
import { type FleetFilterOptions, hasFleetFilter, withFleetFilter } from '../fleet/fleet-filter.js'
import { withConnection } from '../frame/connection-argument.js'
import { toPaceText } from '../frame/option-values.js'
import { fileErrorCode, UsageError } from '../frame/usage-error.js'

/** What came of one connection; with `-o jsonl` a line, which `--resume` reads again. */
export type BulkResult = { readonly connection: string } & (
  | { readonly outcome: 'done' | 'planned'; readonly detail?: string | undefined }
  | { readonly outcome: 'skipped'; readonly why: string }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }
)

/** What the summary says about the connection, and whether there was anything to do. */
interface Acted {
  readonly detail?: string | undefined
  readonly isSkipped?: true | undefined
}

interface BulkRunOptions {
  /** In the order of their names: a run that was interrupted goes on behind the last one. */
  readonly refs: readonly ConnectionRef[]
  readonly everyMs: number
  readonly act: (ref: ConnectionRef) => Promise<Acted>
  readonly onResult: (result: BulkResult) => void
  /** No further one is begun once it is aborted. */
  readonly stop: AbortSignal
}

interface BulkRun {
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

/** What a command takes that works on one connection, or on many. */
export interface BulkOptions extends FleetFilterOptions {
  readonly all?: true | undefined
  readonly pace: string
  readonly after?: string | undefined
  readonly resume?: string | undefined
  readonly dryRun?: true | undefined
  readonly yes?: true | undefined
}

export function withBulk(command: Command): Command {
  return withFleetFilter(withConnection(command, 'one or all'))
    .option('--all', 'all connections of the keeper')
    .option('--pace <number>', 'of many: as 5/s, 30/m or 100/h', toPaceText, '5/s')
    .option('--after <connection>', 'of many: those behind it, by name: where a run stopped')
    .option('--resume <file>', 'of many: without those that are done in what -o jsonl wrote')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask')
}

/** @throws UsageError unless one connection, or many, are meant */
export function checkTarget(
  name: string | undefined,
  options: BulkOptions,
  { allByDefault }: { readonly allByDefault: boolean },
): void {
  const many = hasFleetFilter(options) || options.all === true
  const ofMany = options.after !== undefined || options.resume !== undefined
  if (name !== undefined && (many || ofMany))
    throw new UsageError('Name one connection, or say by --connector, --tag … which are meant.')
  if (name === undefined && !many && !allByDefault)
    throw new UsageError(
      'Which connections are meant? Name one, as shopify/acme, or give --connector, --tag, --status …, or --all.',
    )
}

/**
 * The connections that an earlier run has done.
 * @throws UsageError where the file can't be read
 */
export async function readDone(file: string | undefined): Promise<ReadonlySet<string>> {
  if (file === undefined) return new Set()
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--resume: ${file} can't be read (${fileErrorCode(error)}).`)
  })
  return new Set(text.split('\n').flatMap((line) => doneIn(line) ?? []))
}

/** A line that was cut in the middle is skipped. */
function doneIn(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value) || value['outcome'] !== 'done') return undefined
    return typeof value['connection'] === 'string' ? value['connection'] : undefined
  } catch {
    return undefined
  }
}
