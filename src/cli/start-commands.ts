import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { type HostPort, readHostPort } from '../contract/worker-health.js'
import type { DoctorWorkerOptions } from './doctor-worker.js'
import type { SetupOptions } from './setup.js'
import { withTemporalOptions } from './temporal-options.js'
import type { WorkerOptions } from './worker.js'

/** The commands that make, run and look after an installation. */
export function addStartCommands(program: Command): void {
  const add = (name: string): Command => program.command(name)

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

/** The variable has all of them, with commas between. */
function collectKeys(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...value.split(',').map((one) => one.trim())]
}
