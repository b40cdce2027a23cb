import type { Command } from 'commander'

/** How to reach Temporal and the keeper worker; the same for every command. */
export interface TemporalOptions {
  readonly address?: string | undefined
  readonly namespace?: string | undefined
  readonly taskQueue: string
  readonly publicKey?: string | undefined
}

/** Adds the options. TLS and API keys come from Temporal's own variables: they are no arguments. */
export function withTemporalOptions(command: Command): Command {
  return command
    .option('--address <host:port>', 'of Temporal (TEMPORAL_ADDRESS; default localhost:7233)')
    .option('--namespace <name>', 'of Temporal (TEMPORAL_NAMESPACE; default "default")')
    .option('--task-queue <name>', "the keeper worker's", 'tokenkeeper')
    .option('--public-key <key>', 'what keygen printed (TOKENKEEPER_PUBLIC_KEY)')
}
