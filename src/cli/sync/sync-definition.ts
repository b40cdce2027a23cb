import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseConnection } from '../../contract/connection-ref.js'
import { isRecord, withoutUndefined } from '../../contract/plain-data.js'
import type { IncrementalSync, SyncEnd, SyncInput } from '../../contract/sync.js'
import { isIncrementalId } from '../../contract/watermark-messages.js'
import { collect, readPairs } from '../temporal/temporal-options.js'
import { fileErrorCode, UsageError } from '../frame/usage-error.js'

/** What a sync is: from where, to where, and how. */
export interface SyncDefinitionOptions {
  readonly from?: SyncEnd | undefined
  readonly to?: SyncEnd | undefined
  readonly toFunction?: string | undefined
  readonly input?: readonly string[] | undefined
  readonly batchSize?: number | undefined
  readonly transform?: string | undefined
  readonly onBadRecord?: 'stop' | 'set-aside' | undefined
  readonly incremental?: string | undefined
  readonly field?: string | undefined
  readonly param?: string | undefined
  readonly maxWait?: string | undefined
  readonly file?: string | undefined
}

export function withSyncDefinition(command: Command): Command {
  return command
    .option('--from <connection:endpoint>', 'the source, as shopify/acme:orders.list', toEnd)
    .option('--to <connection:endpoint>', 'the sink, as erp:orders.upsert', toEnd)
    .option('--to-function <name>', "in place of --to: a sink of the keeper worker's own")
    .option('--input <name=value>', 'a parameter of the source; may be repeated', collect)
    .option('--batch-size <count>', 'records a write', toBatchSize)
    .option('--transform <name>', "a function of the keeper worker's own for each record")
    .addOption(
      new Option('--on-bad-record <what>', 'at a record that cannot go through').choices([
        'stop',
        'set-aside',
      ]),
    )
    .option('--incremental <id>', 'only what changed since the last run of this id')
    .option('--field <path>', 'of a record: what the watermark is the highest of (incremental)')
    .option('--param <name>', 'of the source: takes the watermark (incremental)')
    .option('--max-wait <duration>', 'for a connection that is not usable: 2h; default: for ever')
    .option('--file <file>', 'in place of all these: the input of syncFlow as JSON')
}

/** @throws UsageError */
export async function readSyncDefinition(options: SyncDefinitionOptions): Promise<SyncInput> {
  if (options.file !== undefined) return await readFromFile(options.file, options)
  const { from, to, toFunction, batchSize, transform, onBadRecord, maxWait } = options
  if (from === undefined || (to === undefined) === (toFunction === undefined))
    throw new UsageError(
      'Say from where to where: --from shopify/acme:orders.list --to erp:orders.upsert, or --to-function NAME, or all of it in --file.',
    )
  const input = options.input === undefined ? undefined : readPairs('--input', options.input)
  const sink = to === undefined ? { sink: toFunction ?? '', batchSize } : { ...to, batchSize }
  return withoutUndefined({
    from: withoutUndefined({ ...from, input }),
    to: withoutUndefined(sink),
    transform,
    onBadRecord,
    maxWait,
    incremental: readIncremental(options),
  })
}

async function readFromFile(file: string, options: SyncDefinitionOptions): Promise<SyncInput> {
  const { file: _self, ...others } = options
  const given = Object.keys(DEFINITION).find((name) =>
    Object.hasOwn(withoutUndefined(others), name),
  )
  if (given !== undefined)
    throw new UsageError('--file has all of the sync: give it alone, or the options alone.')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--file: ${file} can't be read (${fileErrorCode(error)}).`)
  })
  const value = parseOption(text)
  if (!isRecord(value) || !isRecord(value['from']) || !isRecord(value['to']))
    throw new UsageError(`--file: ${file} is no JSON object with "from" and "to".`)
  return value as unknown as SyncInput
}

const DEFINITION: Readonly<Record<keyof Omit<SyncDefinitionOptions, 'file'>, true>> = {
  from: true,
  to: true,
  toFunction: true,
  input: true,
  batchSize: true,
  transform: true,
  onBadRecord: true,
  incremental: true,
  field: true,
  param: true,
  maxWait: true,
}

function parseOption(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readIncremental({
  incremental: id,
  field,
  param,
}: SyncDefinitionOptions): IncrementalSync | undefined {
  if (id === undefined && field === undefined && param === undefined) return undefined
  if (id === undefined || field === undefined || param === undefined)
    throw new UsageError('--incremental, --field and --param go together.')
  if (!isIncrementalId(id))
    throw new UsageError('--incremental takes a text of 1 to 200 characters.')
  return { id, field, param }
}

function toEnd(text: string): SyncEnd {
  const at = text.indexOf(':')
  const [connection, endpoint] = [text.slice(0, at), text.slice(at + 1)]
  if (at > 0 && endpoint !== '' && parseConnection(connection) !== undefined)
    return { connection, endpoint }
  throw new InvalidArgumentError(
    'expected a connection and an endpoint, as shopify/acme:orders.list',
  )
}

function toBatchSize(text: string): number {
  const count = Number(text)
  if (/^\d{1,5}$/.test(text) && count > 0) return count
  throw new InvalidArgumentError('expected a whole number above 0')
}
