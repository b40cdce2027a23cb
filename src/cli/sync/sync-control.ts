import type { Command } from 'commander'
import type { SyncProgress } from '../../client/sync-progress.js'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { SYNC_SIGNALS } from '../../contract/sync.js'
import { askUntil } from '../frame/ask-until.js'
import { withExamples } from '../frame/help.js'
import { type OutputOptions, show } from '../frame/output.js'
import { progressLines } from './progress-lines.js'
import { type TemporalOptions, withTemporalOptions } from '../temporal/temporal-options.js'
import { type OpenKeeper, withKeeper } from '../temporal/with-keeper.js'

type SyncControlOptions = TemporalOptions & OutputOptions

const REACHED_WITHIN_MS = 15_000
const EXAMPLE_ID = 'sync:shop:acme:orders.list:to:erp:default:orders.upsert'

/** `tokenkeeper sync pause`: it stops at its place, whatever its connections do. */
export function addSyncPause(sync: Command): void {
  addControl(sync, 'pause', 'hold a sync at its place, until it is resumed', (open, id) =>
    signal(open, id, SYNC_SIGNALS.pause, ({ state }) => state === 'paused'),
  )
}

/** `tokenkeeper sync resume` */
export function addSyncResume(sync: Command): void {
  addControl(sync, 'resume', 'let a sync that was paused go on', (open, id) =>
    signal(open, id, SYNC_SIGNALS.resume, ({ state }) => state !== 'paused'),
  )
}

/** `tokenkeeper sync cancel`: it hands back its place, from which `replay` goes on. */
export function addSyncCancel(sync: Command): void {
  const command = withTemporalOptions(sync.command('cancel'))
    .argument('<workflow-id>', 'of a sync')
    .description('end a sync at its place; replay goes on from there')
    .action(async (workflowId: string, options: SyncControlOptions) => {
      await withKeeper(options, async (open) => {
        await needSync(open, workflowId)
        await open.client.workflow.getHandle(workflowId).cancel()
        const state = await untilSyncEnded(open, workflowId)
        show(options, {
          value: { workflowId, state },
          lines: () => [
            `${workflowId}: ${state}`,
            [{ text: `tokenkeeper replay ${workflowId} goes on at its place`, style: 'dim' }],
          ],
        })
      })
    })
  withExamples(command, [[`tokenkeeper sync cancel ${EXAMPLE_ID}`, 'as sync list names it']])
}

function addControl(
  sync: Command,
  name: string,
  description: string,
  act: (open: OpenKeeper, workflowId: string) => Promise<SyncProgress>,
): void {
  const command = withTemporalOptions(sync.command(name))
    .argument('<workflow-id>', 'of a sync')
    .description(description)
    .action(async (workflowId: string, options: SyncControlOptions) => {
      await withKeeper(options, async (open) => {
        const report = await act(open, workflowId)
        show(options, {
          value: { workflowId, ...report },
          lines: (view) => progressLines(workflowId, report, view),
        })
      })
    })
  withExamples(command, [[`tokenkeeper sync ${name} ${EXAMPLE_ID}`, 'as sync list names it']])
}

async function signal(
  open: OpenKeeper,
  workflowId: string,
  name: string,
  isReached: (report: SyncProgress) => boolean,
): Promise<SyncProgress> {
  await needSync(open, workflowId)
  await open.client.workflow.getHandle(workflowId).signal(name)
  return await askUntil(() => open.keeper.progress(workflowId), isReached, REACHED_WITHIN_MS)
}

/** A token workflow has signals of the same names: a connection is not paused by mistake. */
async function needSync({ client, keeper }: OpenKeeper, workflowId: string): Promise<void> {
  // Tells what is not there, and what has ended.
  const hasAnswered = await keeper.progress(workflowId).then(
    () => true,
    (error: unknown) => {
      if (error instanceof TokenkeeperError && error.code === 'NoAnswer') return false
      throw error
    },
  )
  const { type } = await client.workflow.getHandle(workflowId).describe()
  if (type === 'tokenWorkflow')
    throw new TokenkeeperError(
      'NoSync',
      `${workflowId} is a connection, and no sync: tokenkeeper pause and resume are for connections.`,
    )
  if (!hasAnswered && type !== 'syncFlow')
    throw new TokenkeeperError(
      'NoSync',
      `${workflowId} is not known to be a sync: it is a workflow of the type '${type}', and no worker answers for it. Nothing was changed: start its worker and try again, or use the temporal CLI (temporal workflow).`,
    )
}

async function untilSyncEnded({ client }: OpenKeeper, workflowId: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId)
  const state = await askUntil(
    async () => (await handle.describe()).status.name,
    (name) => name !== 'RUNNING',
    REACHED_WITHIN_MS,
  )
  if (state === 'RUNNING') return 'it is asked to end, and has not ended yet'
  return state.toLowerCase().replaceAll('_', ' ')
}
