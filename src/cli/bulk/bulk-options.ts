import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { isRecord } from '../../contract/plain-data.js'
import { type FleetFilterOptions, hasFleetFilter, withFleetFilter } from '../fleet/fleet-filter.js'
import { withConnection } from '../frame/connection-argument.js'
import { toPaceText } from '../frame/option-values.js'
import { fileErrorCode, UsageError } from '../frame/usage-error.js'

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
