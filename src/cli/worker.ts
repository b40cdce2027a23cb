import { formatHostPort, type HostPort } from '../contract/worker-health.js'
import { exitInterrupted } from './frame/interrupt.js'
import { printNotes } from './frame/print.js'
import { taskQueueOf, type TemporalOptions } from './temporal/temporal-options.js'
import { temporalTarget } from './temporal/temporal-target.js'
import { UsageError } from './frame/usage-error.js'

export interface WorkerOptions extends TemporalOptions {
  readonly key?: readonly string[] | undefined
  readonly health?: HostPort | undefined
  readonly metrics?: HostPort | undefined
  readonly logLevel: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
  readonly logFormat: 'text' | 'json'
}

/** `tokenkeeper worker`: runs the keeper worker of a project until it is told to end. */
export async function worker(module: string | undefined, options: WorkerOptions): Promise<void> {
  const { codecEndpoint, codecAuth, codecHeader, identity } = options
  if ([codecEndpoint, codecAuth, codecHeader].some((value) => value !== undefined))
    throw new UsageError(
      'A worker takes no --codec-…: what it writes would not be encoded. Give it the codec itself in the module: export const keeper = { dataConverter: { payloadCodecs: [yours] } }',
    )
  const { address, connectionOptions, namedNamespace, codec } = temporalTarget(options)
  const { runKeeper } = await import('../worker/project/run-keeper.js')
  // Temporal's own listener lets what is under way finish first.
  process.removeListener('SIGINT', exitInterrupted)
  const { health, metrics } = options
  await runKeeper({
    module,
    connectionOptions,
    namespace: namedNamespace,
    identity,
    needsDataConverter: codec !== undefined,
    taskQueue: taskQueueOf(options),
    keys: options.key ?? [],
    health,
    metrics: metrics && formatHostPort(metrics),
    logLevel: options.logLevel,
    logFormat: options.logFormat,
    onReady: (ready) => {
      printNotes(
        `The keeper worker is ready: connectors ${ready.connectors.join(', ')}; task queue '${ready.taskQueue}' of namespace '${ready.namespace}' at ${address}.`,
        `Public key, for clients: ${ready.publicKey ?? 'unknown'}`,
      )
      if (health !== undefined && ready.healthPort !== undefined)
        printNotes(
          `Its health: http://${formatHostPort({ ...health, port: ready.healthPort })}/ (\`tokenkeeper doctor --worker\` asks it)`,
        )
      if (metrics !== undefined)
        printNotes(`Its metrics: http://${formatHostPort(metrics)}/metrics`)
    },
  })
}
