import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { type HostPort, readHostPort } from '../contract/worker-health.js'
import { completion, type Shell, SHELLS } from './completion.js'
import type { DevOptions } from './dev.js'
import type { DoctorOptions } from './doctor.js'
import type { DoctorWorkerOptions } from './doctor-worker.js'
import { withExamples } from './frame/help.js'
import type { ImportOptions } from './import.js'
import type { InitOptions } from './init.js'
import { toPort } from './frame/option-values.js'
import type { SetupOptions } from './setup.js'
import { collect, withTemporalOptions } from './temporal/temporal-options.js'
import type { WorkerOptions } from './worker.js'

/** The commands that make, run and look after an installation. */
export function addStartCommands(program: Command): void {
  const add = (name: string): Command => program.command(name)

  const init = add('init')
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
      const command = await import('./init.js')
      await command.init(folder, options)
    })
  withExamples(init, [
    ['tokenkeeper init my-sync', 'asks for kind of authentication and base URL'],
    ['tokenkeeper init my-sync --auth basic --base-url https://api.example.com', 'asks nothing'],
  ])

  const dev = add('dev')
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
      const command = await import('./dev.js')
      const hasConsole = program.commands.some((command) => command.name() === 'console')
      await command.dev(module ?? process.env['TOKENKEEPER_MODULE'], {
        ...options,
        console: options.console && hasConsole,
      })
    })
  withExamples(dev, [
    ['tokenkeeper dev --with flows', "beside it, what package.json has as the script 'flows'"],
    ['tokenkeeper dev --address localhost:7233', 'with a Temporal server that runs already'],
  ])

  const setup = withTemporalOptions(add('setup'))
    .description(
      'register the search attributes of tokenkeeper in a namespace; twice changes nothing',
    )
    .action(async (options: SetupOptions) => {
      const command = await import('./setup.js')
      await command.setup(options)
    })
  withExamples(setup, [['tokenkeeper setup --namespace production', 'once for each namespace']])

  const worker = withTemporalOptions(add('worker'))
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
      const command = await import('./worker.js')
      await command.worker(module ?? process.env['TOKENKEEPER_MODULE'], options)
    })
  withExamples(worker, [
    ['tokenkeeper worker connector.ts --key keeper.key', 'the module of a project'],
    [
      'tokenkeeper worker --key 2026-11.key --key 2027-02.key',
      'opens with both, seals with the last',
    ],
    ['tokenkeeper worker --health 8081 --metrics 0.0.0.0:9464', 'in a container'],
  ])

  addImport(add)

  const complete = add('completion')
    .description('print what makes a shell complete the words of this program')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => completion(shell, program))
  withExamples(complete, [
    ['source <(tokenkeeper completion bash)', 'for this shell; for all, see the first lines of it'],
  ])

  const doctor = withTemporalOptions(add('doctor'))
    .description('look whether all is well, and say what to do where it is not')
    .option('--worker', 'only: is the worker of this host alive? The health check of a container')
    .addOption(healthOption("the worker's, as it was started with"))
    .option('--worker-identity <name>', "the worker's, where it is not <process>@<this host>")
    .option('--flows <task-queue>', 'of flow workers, to look at; may be repeated', collect, [])
    .option(
      '--module <file>',
      'whose connectors to look at (default: keeper.ts or .js, if it is here)',
    )
    .action(async (options: DoctorOptions & DoctorWorkerOptions & { readonly worker?: true }) => {
      if (options.worker === true) {
        const { doctorWorker } = await import('./doctor-worker.js')
        await doctorWorker(options)
        return
      }
      const command = await import('./doctor.js')
      await command.doctor(options)
    })
  withExamples(doctor, [
    ['tokenkeeper doctor', '1 where something needs a person'],
    ['tokenkeeper doctor --flows orders -o json', 'a task queue of flow workers, for machines'],
    ['tokenkeeper doctor --worker --health 8081', 'the health check of a container'],
  ])
}

function addImport(add: (name: string) => Command): void {
  const command = withTemporalOptions(add('import'))
    .description('connect many accounts: a line of JSON each, sealed as it is read')
    .argument('[file]', 'of mode 0600 (default: standard input)')
    .option('--dry-run', 'only say what would be done')
    .option('--pace <starts>', 'as 5/s, 30/m or 100/h', '5/s')
    .option('--replace', 'give those that are connected already their credential, too')
    .option('--undo-file <file>', 'for the way back (default: import-<time>.undo.ndjson)')
    .option('--undo <file>', 'end the connections that an import has made, by that file')
    .option('--yes', 'do not ask')
    .action(async (file: string | undefined, options: ImportOptions) => {
      const { importConnections } = await import('./import.js')
      await importConnections(file, options)
    })
  withExamples(command, [
    ['tokenkeeper import accounts.ndjson --dry-run', 'what would be done'],
    ['export-accounts | tokenkeeper import --pace 30/m', 'without a file'],
    ['tokenkeeper import --undo import-20261130-120000.undo.ndjson', 'the way back'],
  ])
}

function healthOption(what: string): Option {
  return new Option('--health <[host:]port>', what).env('TOKENKEEPER_HEALTH').argParser(toHostPort)
}

function toHostPort(text: string): HostPort {
  const place = readHostPort(text)
  if (place !== undefined) return place
  throw new InvalidArgumentError('write a port as 8081, or 0.0.0.0:8081 for other machines too')
}

/** The variable has all of them, with commas between. */
function collectKeys(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(',').map((one) => one.trim())].filter(
    (one) => one !== '',
  )
}
