import type { Command } from 'commander'
import { needsPerson, toCondition } from '../contract/condition.js'
import type { ConnectionRef } from '../contract/connection-ref.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { EXIT } from './frame/exit-codes.js'
import {
  explainNone,
  type FleetFilterOptions,
  hasFleetFilter,
  toConnectionFilter,
  withFleetFilter,
} from './fleet/fleet-filter.js'
import { type FleetRow, toFleetRow, unheardRow } from './fleet/fleet.js'
import { fleetLines } from './fleet/fleet-table.js'
import { withExamples } from './frame/help.js'
import { type Look, showOrWatch, type WatchOptions, withWatch } from './frame/output.js'
import { printNotes, progressOnStderr } from './frame/print.js'
import { statusLines } from './fleet/show-status.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { UsageError } from './frame/usage-error.js'
import { type OpenKeeper, withKeeper } from './temporal/with-keeper.js'

type StatusOptions = TemporalOptions & WatchOptions & FleetFilterOptions

/** `tokenkeeper status`: of one connection, or of all. */
export function addStatus(program: Command): void {
  const command = withWatch(
    withTemporalOptions(withFleetFilter(withConnection(program.command('status'), 'one or all'))),
  )
    .description('how one connection is, or all of them; exit code 1 where one needs a person')
    .action(
      async (name: string | undefined, account: string | undefined, options: StatusOptions) => {
        await status(name === undefined ? undefined : readConnectionName(name, account), options)
      },
    )
  withExamples(command, [
    ['tokenkeeper status', 'all connections, with what to do'],
    ['tokenkeeper status shopify/acme --watch', 'one of them, again and again'],
    ['tokenkeeper status -o jsonl | jq .status', 'for programs'],
  ])
}

async function status(ref: ConnectionRef | undefined, options: StatusOptions): Promise<void> {
  if (ref !== undefined && hasFleetFilter(options))
    throw new UsageError('Name one connection, or say by --connector, --tag … which are meant.')
  await withKeeper(options, async (open) => {
    const look = () => (ref === undefined ? lookAtAll(open, options) : lookAtOne(open, ref))
    const { exitCode } = await showOrWatch(options, look)
    if (exitCode !== undefined) process.exitCode = exitCode
  })
}

type StatusLook = Look & { readonly exitCode?: number | undefined }

async function lookAtOne({ keeper }: OpenKeeper, ref: ConnectionRef): Promise<StatusLook> {
  const status = await keeper.status(ref.connector, ref.account)
  const condition = toCondition(status)
  return {
    value: { ...status, condition },
    lines: (view) => statusLines(status, view),
    exitCode: needsPerson(condition) ? EXIT.person : undefined,
  }
}

async function lookAtAll(open: OpenKeeper, options: FleetFilterOptions): Promise<StatusLook> {
  const value: FleetRow[] = []
  const bar = progressOnStderr()
  for await (const listed of open.keeper.list({
    ...toConnectionFilter(options),
    ask: 'all',
  })) {
    value.push(listed.asked === undefined ? unheardRow(listed) : toFleetRow(listed))
    if (value.length % 100 === 0) bar.show({ label: 'asked', done: value.length })
  }
  bar.end()
  if (value.length === 0) printNotes(await explainNone(open, options))
  const isSick = value.some(({ level }) => level === 'person')
  const isUnheard = value.some(({ level }) => level === undefined)
  const exitCode = isSick ? EXIT.person : isUnheard ? EXIT.noAnswer : undefined
  return { value, lines: (view) => fleetLines(value, view), exitCode }
}
