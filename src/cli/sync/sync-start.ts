import { type Command, InvalidArgumentError } from 'commander'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import type { SyncInput } from '../../contract/sync.js'
import { MAX_PREVIEW_PAGES } from '../../contract/sync-preview.js'
import { syncWorkflowId } from '../../contract/sync-workflow-id.js'
import { syncTexts } from '../../contract/static-texts.js'
import { EXIT } from '../frame/exit-codes.js'
import { withExamples } from '../frame/help.js'
import { type OutputOptions, show } from '../frame/output.js'
import { printNotes } from '../frame/print.js'
import { type TemporalOptions, withTemporalOptions } from '../temporal/temporal-options.js'
import { UsageError } from '../frame/usage-error.js'
import { type OpenKeeper, withKeeper } from '../temporal/with-keeper.js'
import { previewLines } from './preview-lines.js'
import {
  readSyncDefinition,
  type SyncDefinitionOptions,
  withSyncDefinition,
} from './sync-definition.js'
import { watchSync } from './watch-sync.js'

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
  const handle = await client.workflow
    .start<(input: SyncInput) => Promise<unknown>>('syncFlow', {
      workflowId,
      taskQueue: options.flowTaskQueue ?? taskQueue,
      args: [{ ...input, keeperTaskQueue }],
      ...syncTexts(input),
    })
    .catch((error: unknown) => {
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
