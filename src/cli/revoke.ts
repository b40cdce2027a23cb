import type { Command } from 'commander'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { askUntil } from './frame/ask-until.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { EXIT } from './frame/exit-codes.js'
import { withExamples } from './frame/help.js'
import type { OutputOptions } from './frame/output.js'
import { printNotes } from './frame/print.js'
import { confirm, needAnswer } from './frame/prompt.js'
import { notTold, showStatus } from './fleet/show-status.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { withKeeper } from './temporal/with-keeper.js'

interface RevokeOptions extends TemporalOptions, OutputOptions {
  readonly yes?: true | undefined
}

const REVOKED_WITHIN_MS = 60_000

/** `tokenkeeper revoke`: says what will happen, asks, and tells what came of it. */
export function addRevoke(program: Command): void {
  const command = withTemporalOptions(withConnection(program.command('revoke'), 'one'))
    .description('end a connection: its credential is forgotten, and the provider told')
    .option('--yes', 'do not ask')
    .action(async (name: string, account: string | undefined, options: RevokeOptions) => {
      await revoke(readConnectionName(name, account), options)
    })
  withExamples(command, [['tokenkeeper revoke shopify/acme', 'says what will happen, and asks']])
}

async function revoke(ref: ConnectionRef, options: RevokeOptions): Promise<void> {
  needAnswer(options)
  await withKeeper(options, async ({ keeper }) => {
    const name = formatConnection(ref)
    const before = await keeper.status(ref.connector, ref.account).catch((error: unknown) => {
      // Who is sure has it kept until a keeper worker runs; the signal itself says so.
      if (options.yes === true && isWithoutKeeper(error)) return undefined
      throw error
    })
    const how =
      before === undefined
        ? 'does not answer'
        : `is ${before.status}, and ${before.waiting} flows wait for it`
    printNotes(
      `${name} ${how}. Revoking forgets its credential, tells the provider where it can be told, and denies every request of every flow until it is connected again.`,
    )
    if (options.yes !== true && !(await confirm(`Revoke ${name}?`))) {
      printNotes('Nothing was changed.')
      process.exitCode = EXIT.interrupted
      return
    }
    await keeper.revoke(ref.connector, ref.account)
    const after = await untilProviderAnswers(keeper, ref)
    showStatus(after, options)
    if (!isSettled(after)) {
      printNotes(
        `The provider has not been told yet, and is told by itself. How it is: tokenkeeper status ${name}`,
      )
      process.exitCode = EXIT.noAnswer
    }
    if (after.revocation?.outcome === 'failed') {
      printNotes(notTold(name, 'forgotten', after.revocation))
      process.exitCode = EXIT.failed
    }
  })
}

function isWithoutKeeper(error: unknown): boolean {
  return error instanceof TokenkeeperError && error.code === 'NoKeeperWorker'
}

async function untilProviderAnswers(
  keeper: TokenkeeperClient,
  ref: ConnectionRef,
): Promise<ConnectionStatus> {
  return await askUntil(
    () => keeper.status(ref.connector, ref.account),
    isSettled,
    REVOKED_WITHIN_MS,
  )
}

function isSettled({ status, revocation }: ConnectionStatus): boolean {
  return status === 'revoked' && revocation?.outcome !== 'pending'
}
