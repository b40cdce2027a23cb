import type { Command } from 'commander'
import type { ConnectionRef } from '../contract/connection-ref.js'
import { readConnectionName, withConnection } from './connection-argument.js'
import { EXIT } from './exit-codes.js'
import { type FleetReader, type FleetRow, readFleet } from './fleet.js'
import { fleetLines } from './fleet-table.js'
import { needsPerson } from './health.js'
import { withExamples } from './help.js'
import { type Look, showOrWatch, type WatchOptions, withWatch } from './output.js'
import { printNotes } from './print.js'
import { statusLines } from './show-status.js'
import { type TemporalOptions, withTemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

type StatusOptions = TemporalOptions & WatchOptions

/** `tokenkeeper status`: of one connection, or of all. */
export function addStatus(program: Command): void {
  const command = withWatch(
    withTemporalOptions(withConnection(program.command('status'), 'one or all')),
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
  await withKeeper(options, async (open) => {
    const look = ref === undefined ? () => lookAtAll(open) : () => lookAtOne(open, ref)
    const { sick } = await showOrWatch(options, look)
    if (sick) process.exitCode = EXIT.person
  })
}

type StatusLook = Look & { readonly sick: boolean }

async function lookAtOne({ keeper }: FleetReader, ref: ConnectionRef): Promise<StatusLook> {
  const value = await keeper.status(ref.connector, ref.account)
  return { value, lines: (view) => statusLines(value, view), sick: needsPerson(value) }
}

async function lookAtAll(open: FleetReader): Promise<StatusLook> {
  const value: FleetRow[] = []
  for await (const row of readFleet(open, {}, { ask: true })) value.push(row)
  if (value.length === 0) printNotes(`No connection is kept on the task queue '${open.taskQueue}'.`)
  return { value, lines: (view) => fleetLines(value, view), sick: value.some(needsPerson) }
}
