import { type Command, Option } from 'commander'
import { KEEPER_TASK_QUEUE } from '../../contract/task-queues.js'
import { withOutput } from '../frame/output.js'
import { UsageError } from '../frame/usage-error.js'

/** How to reach Temporal and the keeper worker; the same for every command. */
export interface TemporalOptions {
  readonly address?: string | undefined
  readonly namespace?: string | undefined
  readonly profile?: string | undefined
  readonly configFile?: string | undefined
  readonly disableConfigFile?: true | undefined
  readonly disableConfigEnv?: true | undefined
  readonly apiKey?: string | undefined
  /** False with `--no-tls`. */
  readonly tls?: boolean | undefined
  readonly tlsCertPath?: string | undefined
  readonly tlsCertData?: string | undefined
  readonly tlsKeyPath?: string | undefined
  readonly tlsKeyData?: string | undefined
  readonly tlsCaPath?: string | undefined
  readonly tlsCaData?: string | undefined
  readonly tlsServerName?: string | undefined
  readonly grpcMeta?: readonly string[] | undefined
  readonly identity?: string | undefined
  readonly codecEndpoint?: string | undefined
  readonly codecAuth?: string | undefined
  readonly codecHeader?: readonly string[] | undefined
  readonly taskQueue?: string | undefined
  readonly publicKey?: string | undefined
}

const TEMPORAL_GROUP = 'Temporal:'
const CODEC = 'Payload codec (a remote codec server):'
const KEEPER = 'Keeper:'

type OptionRow = readonly [group: string, flags: string, what: string]

/** As the `temporal` CLI names them. */
const OPTION_ROWS: readonly OptionRow[] = [
  [TEMPORAL_GROUP, '--address <host:port>', 'TEMPORAL_ADDRESS; default localhost:7233'],
  [TEMPORAL_GROUP, '-n, --namespace <name>', 'TEMPORAL_NAMESPACE; default "default"'],
  [TEMPORAL_GROUP, '--profile <name>', 'of the configuration file; TEMPORAL_PROFILE'],
  [TEMPORAL_GROUP, '--config-file <file>', 'TOML; TEMPORAL_CONFIG_FILE'],
  [TEMPORAL_GROUP, '--disable-config-file', 'read no configuration file'],
  [TEMPORAL_GROUP, '--disable-config-env', "read none of Temporal's variables"],
  [
    TEMPORAL_GROUP,
    '--api-key <key>',
    "Temporal's; better by TEMPORAL_API_KEY: others see arguments",
  ],
  [TEMPORAL_GROUP, '--tls', 'TLS, also where nothing else asks for it; TEMPORAL_TLS'],
  [TEMPORAL_GROUP, '--no-tls', 'no TLS, whatever the profile says'],
  [TEMPORAL_GROUP, '--tls-cert-path <file>', 'client certificate; TEMPORAL_TLS_CLIENT_CERT_PATH'],
  [TEMPORAL_GROUP, '--tls-cert-data <pem>', 'TEMPORAL_TLS_CLIENT_CERT_DATA'],
  [TEMPORAL_GROUP, '--tls-key-path <file>', 'its private key; TEMPORAL_TLS_CLIENT_KEY_PATH'],
  [TEMPORAL_GROUP, '--tls-key-data <pem>', 'better by TEMPORAL_TLS_CLIENT_KEY_DATA'],
  [TEMPORAL_GROUP, '--tls-ca-path <file>', "the server's CA; TEMPORAL_TLS_SERVER_CA_CERT_PATH"],
  [TEMPORAL_GROUP, '--tls-ca-data <pem>', 'TEMPORAL_TLS_SERVER_CA_CERT_DATA'],
  [
    TEMPORAL_GROUP,
    '--tls-server-name <name>',
    'that its certificate has; TEMPORAL_TLS_SERVER_NAME',
  ],
  [TEMPORAL_GROUP, '--grpc-meta <key=value>', 'a header of each request; may be repeated'],
  [
    TEMPORAL_GROUP,
    '--identity <name>',
    'who acts, for histories; default tokenkeeper-cli:user@host',
  ],
  [CODEC, '--codec-endpoint <url>', 'may hold {namespace}; TEMPORAL_CODEC_ENDPOINT'],
  [CODEC, '--codec-auth <header>', 'its Authorization header; better by TEMPORAL_CODEC_AUTH'],
  [CODEC, '--codec-header <key=value>', 'a header of each request to it; may be repeated'],
  [
    KEEPER,
    '--task-queue <name>',
    `the keeper worker's; TOKENKEEPER_TASK_QUEUE; default "${KEEPER_TASK_QUEUE}"`,
  ],
  [KEEPER, '--public-key <key>', 'what keygen printed; TOKENKEEPER_PUBLIC_KEY'],
]
const REPEATED = ['--grpc-meta', '--codec-header']

/**
 * Adds how Temporal is reached, and `-o`. The help of a command does not list them: `tokenkeeper options`
 * does, as `temporal options`.
 */
export function withTemporalOptions(command: Command): Command {
  for (const option of temporalOptions()) command.addOption(option.hideHelp())
  return withOutput(command)
}

/** The same options, to be shown. */
export function temporalOptions(): readonly Option[] {
  return OPTION_ROWS.map(([group, flags, what]) => {
    const option = new Option(flags, what).helpGroup(group)
    return REPEATED.some((name) => flags.startsWith(name)) ? option.argParser(collect) : option
  })
}

/** The keeper worker's task queue, where one is named. */
export function taskQueueOf({ taskQueue }: TemporalOptions): string | undefined {
  const variable = process.env['TOKENKEEPER_TASK_QUEUE']
  return taskQueue ?? (variable === '' ? undefined : variable)
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

/** @throws UsageError without the value: it may be a secret */
export function readPairs(
  flag: string,
  pairs: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (pairs ?? []).map((pair) => {
      const [, key, value] = /^([A-Za-z0-9][A-Za-z0-9_-]*)=(.*)$/s.exec(pair) ?? []
      if (key === undefined || value === undefined)
        throw new UsageError(`${flag} takes key=value; the key has letters, digits, - and _.`)
      return [key, value]
    }),
  )
}
