import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  DEFAULT_ACCOUNT,
  parseConnection,
} from '../contract/connection-ref.js'
import { FAILURE_CATEGORIES } from '../contract/failures.js'
import type { ConnectOptions } from './connect.js'
import { keygen } from './keygen.js'
import type { ProgressOptions } from './progress.js'
import type { ReplayCommandOptions } from './replay.js'
import type { RevokeOptions } from './revoke.js'
import { printLines, printNotes } from './print.js'
import type { RotateOptions } from './rotate.js'
import type { StatusOptions } from './status.js'
import { addStartCommands } from './start-commands.js'
import { withTemporalOptions } from './temporal-options.js'
import { packageVersion } from '../package-version.js'
import { UsageError } from './usage-error.js'

/** The commands. What needs Temporal is loaded when it is called. */
export function createProgram(): Command {
  const program = new Command('tokenkeeper')
    .description('API authentication that is boring: tools for operators')
    .version(packageVersion(), '-V, --version', 'print the version of this program')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  const add = (name: string): Command => program.command(name)

  add('keygen')
    .description('write a private key file for keeper workers and print its public key')
    .requiredOption('--out <file>', 'private key file to write (mode 0600, never overwritten)')
    .action(async ({ out }: { out: string }) => {
      const publicKey = await keygen(out, new Date())
      printLines(publicKey)
      printNotes(
        `Private key written to ${out}. Give it to keeper workers: privateKeys: [secret('file:…')]. The line above is the public key, for clients.`,
      )
    })

  withCredential(withTemporalOptions(withConnection(add('connect'))))
    .description('connect an account: in a browser, or with a credential that is at hand')
    .option('--scope <scope>', "space-separated, in place of the connector's (browser)")
    .option(
      '--variable <name=value>',
      'part of a URL of the connector, no secret (browser)',
      collect,
    )
    .option('--allow-other-account', 'the account may be another one than before')
    .option('--port <port>', 'to listen on at 127.0.0.1 (browser; default: a free one)', toPort)
    .option('--redirect-uri <uri>', 'as registered with the provider (browser)')
    .option('--no-browser', 'only print the URL to open')
    .action(async (name: string, account: string | undefined, options: ConnectOptions) => {
      const { connect } = await import('./connect.js')
      await connect(readConnectionName(name, account), options)
    })

  withTemporalOptions(add('status').addArgument(new Argument('[connector[/account]]')))
    .description('how one connection is, or all of them')
    .argument('[account]')
    .option('--json', 'a line of JSON each')
    .action(
      async (name: string | undefined, account: string | undefined, options: StatusOptions) => {
        const { status } = await import('./status.js')
        await status(name === undefined ? undefined : readConnectionName(name, account), options)
      },
    )

  withCredential(withTemporalOptions(withConnection(add('rotate'))))
    .description('change the secret; the old one stays until the new one has worked')
    .action(async (name: string, account: string | undefined, options: RotateOptions) => {
      const { rotate } = await import('./rotate.js')
      await rotate(readConnectionName(name, account), options)
    })

  withTemporalOptions(withConnection(add('revoke')))
    .description('end a connection: its credential is forgotten, and the provider told')
    .option('--yes', 'do not ask')
    .option('--json', 'the state as a line of JSON')
    .action(async (name: string, account: string | undefined, options: RevokeOptions) => {
      const { revoke } = await import('./revoke.js')
      await revoke(readConnectionName(name, account), options)
    })

  withTemporalOptions(add('progress').addArgument(new Argument('<workflow-id>', 'of a sync')))
    .description('how far a running sync is, and what it waits for')
    .option('--json', 'as a line of JSON')
    .action(async (workflowId: string, options: ProgressOptions) => {
      const { progress } = await import('./progress.js')
      await progress(workflowId, options)
    })

  withTemporalOptions(add('replay').addArgument(new Argument('[workflow-id]', 'of one sync')))
    .description('start syncs again that ended without being done, each where it stopped')
    .option('--connector <name>', 'those that read from it or write to it')
    .option('--account <name>', 'those of this account')
    .option('--since <time>', 'those that ended since: 24h, 3d, or a moment in ISO 8601')
    .option('--failure <kind>', `${FAILURE_CATEGORIES.join(', ')}; may be repeated`, collect)
    .option('--query <filter>', "those that a list filter of Temporal's finds")
    .addOption(choice('--from <place>', 'where they begin', ['checkpoint', 'start']))
    .addOption(choice('--if-dead <what>', 'whose place is of no use any more', ['skip', 'start']))
    .addOption(
      choice('--if-unknown <what>', 'whose last write has an unknown outcome', ['skip', 'repeat']),
    )
    .option('--pace <starts>', 'as 5/s, 30/m or 100/h', '10/s')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask')
    .option('--json', 'the summary as a line of JSON')
    .action(async (workflowId: string | undefined, options: ReplayCommandOptions) => {
      const { replay } = await import('./replay.js')
      await replay(workflowId, options)
    })
  addStartCommands(program)
  return program
}

/** An option that takes one of some words; the first is the default. */
function choice(flags: string, what: string, words: readonly string[]): Option {
  return new Option(flags, what).choices(words).default(words[0])
}

function withConnection(command: Command): Command {
  return command
    .addArgument(new Argument('<connector[/account]>', 'as shopify/acme'))
    .argument(
      '[account]',
      `the account, where it is not in the first (default: ${DEFAULT_ACCOUNT})`,
    )
}

function withCredential(command: Command): Command {
  return command
    .option('--stdin', 'the credential from standard input: a JSON object of fields, or one text')
    .option('--field <name>', 'ask for a field, without showing it; may be repeated', collect)
    .option('--reference <name>', 'env:NAME or file:/path, looked up by the keeper worker')
    .option('--json', 'the state as a line of JSON')
}

function readConnectionName(name: string, account: string | undefined): ConnectionRef {
  const text = account === undefined ? name : `${name}/${account}`
  const ref = parseConnection(text)
  if (ref !== undefined) return ref
  throw new UsageError(
    `That is no connection. The connector's name has ${CONNECTOR_RULE}; the account's ${ACCOUNT_RULE}.`,
  )
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function toPort(value: string): number {
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('a port is a number from 1 to 65535')
}
