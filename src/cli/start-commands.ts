import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { type HostPort, readHostPort } from '../contract/worker-health.js'
import type { DevOptions } from './dev.js'
import type { DoctorWorkerOptions } from './doctor-worker.js'
import type { InitOptions } from './init.js'
import type { SetupOptions } from './setup.js'
import { withTemporalOptions } from './temporal-options.js'
import type { WorkerOptions } from './worker.js'

/** The commands that make, run and look after an installation. */
export function addStartCommands(program: Command): void {
  const add = (name: string): Command => program.command(name)

  add('init')
    .description(
      'write a project that runs as written: connector, keeper and flow worker, flow, client',
    )
    .argument('[folder]', 'where (default: here); nothing is ever overwritten')
    .option('--auth <kind>', 'how the API authenticates: api-key, authorization-code, basic …')
    .option('--base-url <url>', 'of the API; default: one to practise with comes along')
    .option('--connector <id>', 'the name of the connector')
    .option('--list-path <path>', 'of a list of records, below the base URL (default: /records)')
    .option('--items <path>', 'where the records stand in its answer, as data.items')
    .option('--verify-path <path>', 'that only a good credential may ask')
    .option('--no-input', 'ask nothing, on a terminal either')
    .action(async (folder: string | undefined, options: InitOptions) => {
      const { init } = await import('./init.js')
      await init(folder, options)
    })

  add('dev')
    .description(
      'for development: Temporal with its Web UI, the keeper worker and the console, together',
    )
    .argument('[module]', 'exports the connectors (TOKENKEEPER_MODULE; default: keeper.ts or .js)')
    .addOption(
      new Option('--key <file>', 'private key file; default: keeper.key, made where it is missing')
        .env('TOKENKEEPER_PRIVATE_KEYS')
        .argParser(collectKeys)
        .default([]),
    )
    .option('--with <script>', 'of package.json, to run beside; may be repeated', collect, [])
    .option('--temporal <file>', "the program 'temporal' (TEMPORAL_CLI_PATH; default: on the PATH)")
    .option('--port <port>', "the Temporal server's", toPort, 7233)
    .option('--ui-port <port>', "its Web UI's", toPort, 8233)
    .option('--db-file <file>', 'where the server keeps its data (default: in memory)')
    .option('--console-port <port>', "the console's", toPort, 8484)
    .option('--no-console', 'without the console')
    .option('--address <host:port>', 'of a Temporal server that runs already')
    .option('--namespace <name>', 'of Temporal (TEMPORAL_NAMESPACE; default "default")')
    .option('--task-queue <name>', "the keeper worker's")
    .action(async (module: string | undefined, options: DevOptions) => {
      const { dev } = await import('./dev.js')
      const hasConsole = program.commands.some((command) => command.name() === 'console')
      await dev(module ?? process.env['TOKENKEEPER_MODULE'], {
        ...options,
        console: options.console && hasConsole,
      })
    })

  withTemporalOptions(add('setup'))
    .description(
      'register the search attributes of tokenkeeper in a namespace; twice changes nothing',
    )
    .action(async (options: SetupOptions) => {
      const { setup } = await import('./setup.js')
      await setup(options)
    })

  withTemporalOptions(add('worker'))
    .description('run the keeper worker of a project: the one process that holds the keys')
    .addArgument(
      new Argument(
        '[module]',
        'exports the connectors (TOKENKEEPER_MODULE; default: keeper.ts or .js)',
      ),
    )
    .addOption(
      new Option('--key <file>', 'private key file, or env:NAME; repeat it oldest first')
        .env('TOKENKEEPER_PRIVATE_KEYS')
        .argParser(collectKeys),
    )
    .addOption(healthOption('tell there whether it works: a port of this machine, or host:port'))
    .addOption(
      new Option('--metrics <[host:]port>', 'for Prometheus to scrape, below /metrics')
        .env('TOKENKEEPER_METRICS')
        .argParser(toHostPort),
    )
    .addOption(
      new Option('--log-level <level>', 'what goes into its log, on standard error')
        .env('TOKENKEEPER_LOG_LEVEL')
        .choices(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'])
        .default('INFO'),
    )
    .addOption(
      new Option('--log-format <format>', 'lines for people or for programs')
        .env('TOKENKEEPER_LOG_FORMAT')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async (module: string | undefined, options: WorkerOptions) => {
      const { worker } = await import('./worker.js')
      await worker(module ?? process.env['TOKENKEEPER_MODULE'], options)
    })

  withTemporalOptions(add('doctor'))
    .description('look whether all is well, and say what to do where it is not')
    .option('--worker', 'only: is the worker of this host alive? The health check of a container')
    .addOption(healthOption("the worker's, as it was started with"))
    .option('--worker-identity <name>', "the worker's, where it is not <process>@<this host>")
    .action(async (options: DoctorWorkerOptions & { readonly worker?: true }) => {
      const { doctorWorker } = await import('./doctor-worker.js')
      await doctorWorker(options)
    })
}

function healthOption(what: string): Option {
  return new Option('--health <[host:]port>', what).env('TOKENKEEPER_HEALTH').argParser(toHostPort)
}

function toHostPort(text: string): HostPort {
  const place = readHostPort(text)
  if (place !== undefined) return place
  throw new InvalidArgumentError('write a port as 8081, or 0.0.0.0:8081 for other machines too')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('a port is a number from 1 to 65535')
}

/** The variable has all of them, with commas between. */
function collectKeys(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(',').map((one) => one.trim())]
}
