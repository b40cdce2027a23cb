import type { Command } from 'commander'
import { temporalOptions } from './temporal/temporal-options.js'

/** `tokenkeeper options`: what every command that talks to Temporal takes beside its own. */
export function addOptions(program: Command): void {
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
