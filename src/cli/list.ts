import { type Command, Option } from 'commander'
import {
  explainNone,
  type FleetFilterOptions,
  toConnectionFilter,
  withFleetFilter,
} from './fleet/fleet-filter.js'
import { type FleetRow, toFleetRow } from './fleet/fleet.js'
import { fleetLines } from './fleet/fleet-table.js'
import { withExamples } from './frame/help.js'
import { toWholeNumber } from './frame/option-values.js'
import { showOrWatch, type WatchOptions, withWatch } from './frame/output.js'
import { printJson, printNotes, progressOnStderr } from './frame/print.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { type OpenKeeper, withKeeper } from './temporal/with-keeper.js'

interface ListCommandOptions extends TemporalOptions, WatchOptions, FleetFilterOptions {
  readonly limit?: number | undefined
  readonly ask: 'none' | 'sick' | 'all'
}

/** `tokenkeeper list`: connections as visibility has them, without a query each. */
export function addList(program: Command): void {
  const command = withWatch(withTemporalOptions(withFleetFilter(program.command('list'))))
    .description(
      'list connections by connector, status, tag, owner or end, ten thousand of them too',
    )
    .option('--limit <count>', 'at most so many, the newest first', toWholeNumber)
    .addOption(
      new Option('--ask <which>', 'ask connections themselves: why they are sick, their keys')
        .choices(['none', 'sick', 'all'])
        .default('none'),
    )
    .action(async (options: ListCommandOptions) => {
      await withKeeper(options, async (open) => {
        if (options.output === 'jsonl' && options.watch === undefined)
          for await (const row of rowsOf(open, options)) printJson(row)
        else
          await showOrWatch(options, async () => {
            const value = await readRows(open, options)
            return { value, lines: (view) => fleetLines(value, view) }
          })
      })
    })
  withExamples(command, [
    ['tokenkeeper list --status needs_reauth --status rejected', 'what waits for a person'],
    ['tokenkeeper list --tag customer:4711', 'of one customer'],
    ['tokenkeeper list --expires-before 1h --watch', 'what is due, again and again'],
  ])
}

async function readRows(
  open: OpenKeeper,
  options: ListCommandOptions,
): Promise<readonly FleetRow[]> {
  const rows: FleetRow[] = []
  const bar = progressOnStderr()
  for await (const row of rowsOf(open, options)) {
    rows.push(row)
    if (rows.length % 500 === 0) bar.show({ label: 'read', done: rows.length })
  }
  bar.end()
  if (rows.length === 0) printNotes(await explainNone(open, options))
  return rows
}

async function* rowsOf(
  { keeper }: OpenKeeper,
  { limit, ask, ...options }: ListCommandOptions,
): AsyncIterable<FleetRow> {
  for await (const listed of keeper.list({ ...toConnectionFilter(options), limit, ask }))
    yield toFleetRow(listed)
}
