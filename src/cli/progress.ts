import type { Command } from 'commander'
import { withExamples } from './frame/help.js'
import { show, type WatchOptions, withWatch } from './frame/output.js'
import { progressLines } from './sync/progress-lines.js'
import { watchSync } from './sync/watch-sync.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { withKeeper } from './temporal/with-keeper.js'

type ProgressOptions = TemporalOptions & WatchOptions

/** `tokenkeeper progress`: how far a running sync is, and what it waits for. */
export function addProgress(program: Command): void {
  const command = withWatch(withTemporalOptions(program.command('progress')))
    .argument('<workflow-id>', 'of a sync')
    .description('how far a running sync is, and what it waits for')
    .action(async (workflowId: string, options: ProgressOptions) => {
      await withKeeper(options, async (open) => {
        if (options.watch !== undefined) {
          await watchSync(open, workflowId, options)
          return
        }
        const value = await open.keeper.progress(workflowId)
        show(options, { value, lines: (view) => progressLines(workflowId, value, view) })
      })
    })
  withExamples(command, [
    [
      'tokenkeeper progress sync:shop:acme:orders.list:to:erp:default:orders.upsert --watch',
      'until it ends',
    ],
  ])
}
