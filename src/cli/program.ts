import { Command, InvalidArgumentError } from 'commander'
import { packageVersion } from '../package/package-version.js'
import { addCodecServer } from './codec-server.js'
import { addConnect } from './connect.js'
import { addConsole } from './console.js'
import { programHelp } from './frame/help.js'
import { addKeygen } from './keygen.js'
import { addList } from './list.js'
import { addPause } from './pause.js'
import { addProgress } from './progress.js'
import { addRefresh } from './refresh.js'
import { addRemove } from './remove.js'
import { addReplay } from './replay.js'
import { addReseal } from './reseal.js'
import { addResume } from './resume.js'
import { addRevoke } from './revoke.js'
import { addRotate } from './rotate.js'
import { addStartCommands } from './start-commands.js'
import { addStatus } from './status.js'
import { addStory } from './story.js'
import { addSync } from './sync/sync.js'
import { addUpdate } from './update.js'
import { addVerify } from './verify.js'
import { temporalOptions } from './temporal/temporal-options.js'

/** Each adds its command: a file of its own, and a line here. What needs Temporal is loaded when it is called. */
type AddCommand = (program: Command) => void

const PROGRAM_COMMANDS: readonly (readonly [heading: string, commands: readonly AddCommand[]])[] = [
  ['Setting up:', [addKeygen, addStartCommands]],
  [
    'Connections:',
    [
      addConnect,
      addList,
      addStatus,
      addStory,
      addUpdate,
      addRotate,
      addRefresh,
      addVerify,
      addPause,
      addResume,
      addReseal,
      addRevoke,
      addRemove,
    ],
  ],
  ['Syncs:', [addSync, addProgress, addReplay]],
  ['Pages:', [addConsole, addCodecServer]],
  ['Further:', [addOptions]],
]

/** All commands. Whatever is called wrongly throws, and prints nothing by itself. */
export function createProgram(): Command {
  const program = new Command('tokenkeeper')
    .description('API authentication that is boring: tools for operators')
    .version(packageVersion(), '-V, --version', 'print the version of this program')
    .option('--env-file <file>', 'read variables from it that are not set', readEnvironmentFile)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', programHelp())
  for (const [heading, commands] of PROGRAM_COMMANDS) {
    program.commandsGroup(heading)
    for (const add of commands) add(program)
  }
  return program.helpCommand('help [command]', 'the options of a command, with examples')
}

/** Reads a file of variables at once, so that the options of commands find what it sets. */
function readEnvironmentFile(file: string): string {
  try {
    process.loadEnvFile(file)
  } catch {
    throw new InvalidArgumentError('there is no file of that name that can be read')
  }
  return file
}

/** `tokenkeeper options`: what every command that talks to Temporal takes beside its own. */
function addOptions(program: Command): void {
  const command = program
    .command('options')
    .description("the options of every command: Temporal's address, TLS, API key, payload codec")
    .helpOption(false)
    .configureHelp({ commandUsage: () => 'tokenkeeper <command> [options]' })
  for (const option of temporalOptions()) command.addOption(option)
  command
    .addHelpText(
      'after',
      `
An option wins over Temporal's variable, and that over its configuration file.
Host names of certificates are always checked. Commands that tell something take
-o table, json or jsonl; NO_COLOR turns colours off.`,
    )
    .action(() => command.outputHelp())
}
