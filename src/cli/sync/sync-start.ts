import { type Command, InvalidArgumentError } from 'commander'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import type { SyncInput } from '../../contract/sync.js'
import {
  MAX_PREVIEW_PAGES,
  type PreviewedWrite,
  type SyncPreview,
} from '../../contract/sync-preview.js'
import { syncWorkflowId } from '../../contract/sync-workflow-id.js'
import { startWithAttributes, syncAttributes } from '../../contract/search-attributes.js'
import { syncTexts } from '../../contract/static-texts.js'
import { EXIT } from '../frame/exit-codes.js'
import { withExamples } from '../frame/help.js'
import { type OutputOptions, show, counted, type View } from '../frame/output.js'
import { printNotes } from '../frame/print.js'
import { type TemporalOptions, withTemporalOptions } from '../temporal/temporal-options.js'
import { UsageError } from '../frame/usage-error.js'
import { type OpenKeeper, withKeeper } from '../temporal/with-keeper.js'
import {
  readSyncDefinition,
  type SyncDefinitionOptions,
  withSyncDefinition,
} from './sync-definition.js'
import { watchSync } from './watch-sync.js'
import type { Line } from '../terminal/styled-line.js'
import { wrapTo } from '../terminal/text-width.js'

interface SyncStartOptions extends TemporalOptions, OutputOptions, SyncDefinitionOptions {
  readonly name?: string | undefined
  readonly workflowId?: string | undefined
  readonly flowTaskQueue?: string | undefined
  readonly dryRun?: true | undefined
  readonly pages: number
  readonly wait?: true | undefined
}

/** `tokenkeeper sync start`: starts a sync, or shows what it would write. */
export function addSyncStart(sync: Command): void {
  const command = withTemporalOptions(withSyncDefinition(sync.command('start')))
    .description('start a sync, or show with --dry-run what it would write')
    .option(
      '--dry-run',
      'read and prepare the first pages, write nothing, and show what would be written',
    )
    .option(
      '--pages <count>',
      `how many pages a dry run reads, ${MAX_PREVIEW_PAGES} at most`,
      toPages,
      1,
    )
    .option('--name <name>', 'tells it apart from other syncs between the same endpoints')
    .option('--workflow-id <id>', 'in place of the one that is made of the endpoints')
    .option('--flow-task-queue <name>', "where its workflow runs (default: the keeper worker's)")
    .option('--wait', 'show how far it is until it ends')
    .action(async (options: SyncStartOptions) => {
      const input = await readSyncDefinition(options)
      const workflowId = readWorkflowId(input, options)
      await withKeeper(options, async (open) => {
        if (options.dryRun === true) await preview(open, input, options)
        else await start(open, input, workflowId, options)
      })
    })
  withExamples(command, [
    [
      'tokenkeeper sync start --from shopify/acme:orders.list --to erp:orders.upsert --dry-run',
      'what would be written',
    ],
    [
      'tokenkeeper sync start --from shopify/acme:orders.list --to erp:orders.upsert --wait',
      'start it, and watch it to its end',
    ],
    [
      'tokenkeeper sync start --file orders.json --name nightly',
      'from the input of syncFlow as JSON',
    ],
  ])
}

/** @throws UsageError */
function readWorkflowId(input: SyncInput, { name, workflowId }: SyncStartOptions): string {
  if (name !== undefined && workflowId !== undefined)
    throw new UsageError('--name is a part of the id that is made; --workflow-id is all of it.')
  try {
    return workflowId ?? syncWorkflowId(input, name)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The sync has no id.')
  }
}

async function preview(
  { client, taskQueue }: OpenKeeper,
  { from, to, transform, incremental, onBadRecord }: SyncInput,
  options: SyncStartOptions,
): Promise<void> {
  const { previewSync } = await import('../../client/preview-sync.js')
  const keeperTaskQueue = taskQueue
  const { pages } = options
  const value = await previewSync(client, {
    from,
    to,
    transform,
    incremental,
    keeperTaskQueue,
    pages,
  })
  const stops = onBadRecord !== 'set-aside' && value.bad.length > 0
  show(options, { value, lines: (view) => previewLines(value, { view, stops }) })
  if (stops) process.exitCode = EXIT.failed
}

async function start(
  open: OpenKeeper,
  input: SyncInput,
  workflowId: string,
  options: SyncStartOptions,
): Promise<void> {
  const { client, taskQueue } = open
  const keeperTaskQueue = input.keeperTaskQueue ?? taskQueue
  const handle = await startWithAttributes(syncAttributes(input), (attributes) =>
    client.workflow.start<(input: SyncInput) => Promise<unknown>>('syncFlow', {
      workflowId,
      taskQueue: options.flowTaskQueue ?? taskQueue,
      args: [{ ...input, keeperTaskQueue }],
      typedSearchAttributes: [...attributes],
      ...syncTexts(input),
    }),
  ).catch((error: unknown) => {
    const isRunning =
      error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError'
    if (!isRunning) throw error
    throw new TokenkeeperError(
      'AlreadyRuns',
      `The sync ${workflowId} runs already: tokenkeeper progress ${workflowId} tells how far it is. Another one between the same endpoints needs a --name.`,
    )
  })
  const value = { workflowId, runId: handle.firstExecutionRunId }
  if (options.wait === true) {
    printNotes(`Started ${workflowId}.`)
    await watchSync(open, workflowId, options)
    return
  }
  show(options, {
    value,
    lines: () => [
      `Started ${workflowId}`,
      [{ text: `tokenkeeper progress ${workflowId} --watch tells how far it is`, style: 'dim' }],
    ],
  })
}

function toPages(text: string): number {
  const pages = Number(text)
  if (/^\d{1,2}$/.test(text) && pages >= 1 && pages <= MAX_PREVIEW_PAGES) return pages
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MAX_PREVIEW_PAGES}`)
}

/** What a sync would write, for people. Nothing was written. */
function previewLines(
  preview: SyncPreview,
  { view, stops }: { readonly view: View; readonly stops: boolean },
): readonly Line[] {
  const { pages, read, ready, total, hasMore, writes, writesInAll, bad, since, watermark } = preview
  const ofAll = total === undefined ? '' : ` of ${total}`
  const lines: Line[] = [
    [{ text: 'Nothing was written.', style: 'strong' }],
    `${hasMore ? 'first' : 'all'} ${counted(pages, 'page')}: read ${read}${ofAll}, ${ready} would be written in ${counted(writesInAll, 'write')}`,
  ]
  if (since !== undefined) lines.push(`begins with the watermark ${since}`)
  if (watermark !== undefined) lines.push(`watermark after these pages: ${watermark}`)
  for (const warning of preview.warnings) lines.push(...wrapTo(`warning: ${warning}`, view.columns))
  for (const { id, reason } of bad)
    lines.push(...wrapTo(`can't go through: ${id}: ${reason}`, view.columns))
  if (stops)
    lines.push([
      {
        text: 'The sync would stop there; --on-bad-record set-aside leaves them out.',
        style: 'bad',
      },
    ])
  for (const [at, write] of writes.entries()) lines.push(...writeLines(write, at, view))
  const left = writesInAll - writes.length
  if (left > 0) lines.push([{ text: `… and ${counted(left, 'more write')}`, style: 'dim' }])
  return lines
}

const INDENT = '  '

function writeLines(write: PreviewedWrite, at: number, view: View): readonly Line[] {
  const { records, request, sink, body, isCut, note } = write
  const to =
    request === undefined ? `the function ${sink ?? ''}` : `${request.method} ${request.url}`
  const indented = (text: string): readonly string[] =>
    wrapTo(text, view.columns - INDENT.length).map((part) => INDENT + part)
  const lines: Line[] = [
    '',
    [{ text: `write ${at + 1}: `, style: 'strong' }, `${to} (${counted(records, 'record')})`],
  ]
  for (const [name, value] of Object.entries(request?.headers ?? {}))
    lines.push(...indented(`${name}: ${value}`))
  if (body !== undefined) for (const line of bodyLines(body)) lines.push(INDENT + line)
  if (isCut === true) lines.push([{ text: `${INDENT}… the body goes on`, style: 'dim' }])
  if (note !== undefined) lines.push(...indented(note))
  return lines
}

const OPENS = '{['
const CLOSES = '}]'

/**
 * JSON as a person reads it, also where it was cut. Only blanks are added: read and written again, a number of
 * many digits would be another one.
 */
export function bodyLines(body: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  let depth = 0
  const breakLine = (): void => {
    if (line.trim() !== '') lines.push(line)
    line = INDENT.repeat(depth)
  }
  for (const [token] of body.matchAll(/"(?:[^"\\]|\\.)*"?|[^"]/gs)) {
    if (CLOSES.includes(token)) {
      depth = Math.max(0, depth - 1)
      breakLine()
    }
    line += token === ':' ? ': ' : token
    if (OPENS.includes(token)) depth += 1
    if (OPENS.includes(token) || token === ',') breakLine()
  }
  breakLine()
  return lines
}
