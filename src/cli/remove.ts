import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../contract/connection-ref.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { EXIT } from './frame/exit-codes.js'
import { withExamples } from './frame/help.js'
import { type OutputOptions, show } from './frame/output.js'
import { printNotes } from './frame/print.js'
import { confirm, needAnswer } from './frame/prompt.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { type OpenKeeper, withKeeper } from './temporal/with-keeper.js'

interface RemoveOptions extends TemporalOptions, OutputOptions {
  readonly yes?: true | undefined
}

const WAIT_MS = 60_000
const ASK_EVERY_MS = 250

/** `tokenkeeper remove`: revokes a connection, and leaves nothing of it. */
export function addRemove(program: Command): void {
  const command = withTemporalOptions(withConnection(program.command('remove'), 'one'))
    .description('revoke a connection and leave nothing of it: no credential, no story')
    .option('--yes', 'do not ask')
    .action(async (name: string, account: string | undefined, options: RemoveOptions) => {
      const ref = readConnectionName(name, account)
      needAnswer(options)
      await withKeeper(options, (open) => remove(open, ref, options))
    })
  withExamples(command, [['tokenkeeper remove shopify/acme', 'says what will happen, and asks']])
}

async function remove(open: OpenKeeper, ref: ConnectionRef, options: RemoveOptions): Promise<void> {
  const { keeper } = open
  const name = formatConnection(ref)
  const { status, waiting } = await keeper.status(ref.connector, ref.account)
  printNotes(
    `${name} is ${status}, and ${waiting} flows wait for it. Removing revokes it, tells the provider where it can be told, and ends its token workflow: its story goes with it.`,
  )
  if (options.yes !== true && !(await confirm(`Remove ${name}?`))) {
    printNotes('Nothing was changed.')
    process.exitCode = EXIT.interrupted
    return
  }
  await keeper.remove(ref.connector, ref.account)
  const isGone = await untilGone(open, ref)
  const value = { connection: name, removed: isGone }
  const told = isGone
    ? `${name} is removed.`
    : `${name} is revoked, and ends as soon as the provider has been told.`
  show(options, { value, lines: () => [told] })
}

/** Its workflow ends once the provider has been told. */
async function untilGone({ client }: OpenKeeper, ref: ConnectionRef): Promise<boolean> {
  const untilMs = Date.now() + WAIT_MS
  for (;;) {
    const { status } = await client.workflow.getHandle(tokenWorkflowId(ref)).describe()
    if (status.name !== 'RUNNING') return true
    if (Date.now() > untilMs) return false
    await delay(ASK_EVERY_MS)
  }
}
