import type { Command } from 'commander'
import {
  type ConnectionRef,
  formatConnection,
  tokenWorkflowId,
} from '../contract/connection-ref.js'
import type { RemovedConnection } from '../contract/token-status.js'
import { askUntil } from './frame/ask-until.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { EXIT } from './frame/exit-codes.js'
import { withExamples } from './frame/help.js'
import { type OutputOptions, show } from './frame/output.js'
import { printNotes } from './frame/print.js'
import { confirm, needAnswer } from './frame/prompt.js'
import { notTold } from './fleet/show-status.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { type OpenKeeper, withKeeper } from './temporal/with-keeper.js'

interface RemoveOptions extends TemporalOptions, OutputOptions {
  readonly yes?: true | undefined
}

const GONE_WITHIN_MS = 60_000

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
  const removed = await untilGone(open, ref)
  const revocation = removed?.revocation
  const value = { connection: name, removed: removed !== undefined, revocation }
  const told =
    removed === undefined
      ? `${name} is revoked, and ends as soon as the provider has been told; whoever connects it before that keeps it. How it is: tokenkeeper status ${name}`
      : `${name} is removed.`
  show(options, { value, lines: () => [told] })
  if (removed === undefined) process.exitCode = EXIT.noAnswer
  if (revocation?.outcome === 'failed') {
    printNotes(notTold(name, 'removed', revocation))
    process.exitCode = EXIT.failed
  }
}

/** Its workflow ends once the provider has been told, or can't be; undefined: it has not ended yet. */
async function untilGone(
  { client }: OpenKeeper,
  ref: ConnectionRef,
): Promise<RemovedConnection | undefined> {
  const handle = client.workflow.getHandle<() => Promise<RemovedConnection | undefined>>(
    tokenWorkflowId(ref),
  )
  const state = await askUntil(
    async () => (await handle.describe()).status.name,
    (name) => name !== 'RUNNING',
    GONE_WITHIN_MS,
  )
  if (state === 'RUNNING') return undefined
  // Terminated by somebody else in between: what the provider said is not known.
  return state === 'COMPLETED' ? ((await handle.result()) ?? {}) : {}
}
