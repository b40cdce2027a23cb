import { inspect } from 'node:util'
import {
  DefaultLogger,
  type LogEntry,
  type LogLevel,
  NativeConnection,
  type NativeConnectionOptions,
  Runtime,
  type Worker,
} from '@temporalio/worker'
import { resolve } from 'node:path'
import { withoutUndefined } from '../../contract/plain-data.js'
import type { HostPort } from '../../contract/worker-health.js'
import type { PublicKeyText } from '../../sealing/key-pair.js'
import { createKeeperWorker } from '../create-prepared-worker.js'
import { healthOf, serveHealth } from '../health-server.js'
import { prometheusMetrics } from '../prometheus-metrics.js'
import { loadProject } from './load-project.js'
import type { SecretReference } from '../../contract/credential.js'
import { secret } from '../../definition/secret-reference.js'
import { resolveDefinitionSecret } from '../../sealing/definition-secrets.js'
import { createKeyring } from '../../sealing/keyring.js'
import { Secret } from '../../sealing/secret.js'

export interface RunKeeperOptions {
  /** The project's module; see `loadProject`. */
  readonly module?: string | undefined
  readonly connectionOptions: NativeConnectionOptions
  /** Default: the module's, else `default`. */
  readonly namespace?: string | undefined
  /** The identity by which the server knows the worker. Default: the module's, else `<process>@<host>`. */
  readonly identity?: string | undefined
  /** Payloads are encoded for others, so that a module without a converter would write them plain. */
  readonly needsDataConverter?: boolean | undefined
  /** Default: the module's, else `tokenkeeper`. */
  readonly taskQueue?: string | undefined
  /** Paths or references, oldest first; empty: those of the module. */
  readonly keys: readonly string[]
  readonly health?: HostPort | undefined
  /** Where Prometheus scrapes the metrics: `host:port`. */
  readonly metrics?: string | undefined
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
  /** Is told once it asks for work. */
  readonly onReady: (ready: ReadyKeeper) => void
}

export interface ReadyKeeper {
  readonly taskQueue: string
  readonly namespace: string
  /** Their ids. */
  readonly connectors: readonly string[]
  /** What clients seal with. */
  readonly publicKey: PublicKeyText | undefined
  readonly healthPort: number | undefined
}

/**
 * Runs the keeper worker of a project until the process is told to end: SIGINT and SIGTERM let what is
 * under way finish.
 * @throws TypeError for a module or options that can't be; whatever ends the worker without being asked
 */
export async function runKeeper(options: RunKeeperOptions): Promise<void> {
  installRuntime(options)
  const { connectors, options: own } = await loadProject(options.module)
  const privateKeys =
    options.keys.length > 0 ? options.keys.map(toKeyReference) : (own.privateKeys ?? [])
  if (privateKeys.length === 0)
    throw new TypeError(
      'A keeper worker needs a private key: make one with `npx tokenkeeper keygen --out keeper.key`, and give it by --key keeper.key or TOKENKEEPER_PRIVATE_KEYS.',
    )
  if (options.needsDataConverter === true && own.dataConverter === undefined)
    throw new TypeError(
      'TEMPORAL_CODEC_ENDPOINT or the profile names a payload codec, and the module has none, so that payloads would be written without it. A worker takes the codec itself: export const keeper = { dataConverter: { payloadCodecs: [yours] } }',
    )
  const taskQueue = options.taskQueue ?? own.taskQueue ?? 'tokenkeeper'
  const namespace = options.namespace ?? own.namespace ?? 'default'
  let worker: Worker | undefined
  // Until there is a worker it is starting, however long that takes.
  let startedAtMs = Date.now()
  const health =
    options.health &&
    (await serveHealth(options.health, () => healthOf(worker, { taskQueue, startedAtMs })))
  try {
    const connection = await NativeConnection.connect(options.connectionOptions)
    try {
      worker = await createKeeperWorker({
        ...own,
        connection,
        namespace,
        taskQueue,
        connectors,
        privateKeys,
        ...withoutUndefined({ identity: options.identity }),
      })
      startedAtMs = Date.now()
      const running = worker.run()
      options.onReady({
        taskQueue,
        namespace,
        connectors: connectors.map(({ id }) => id),
        publicKey: await newestPublicKey(privateKeys),
        healthPort: health?.port,
      })
      await running
    } finally {
      await connection.close()
    }
  } finally {
    await health?.close()
  }
}

function installRuntime({ metrics, logLevel, logFormat }: RunKeeperOptions): void {
  const logger = new DefaultLogger(logLevel, logFormat === 'json' ? writeLogLine : undefined)
  Runtime.install({
    logger,
    telemetryOptions: metrics === undefined ? {} : { metrics: prometheusMetrics(metrics) },
  })
}

/** A line each, for programs that collect logs. */
function writeLogLine({ level, timestampNanos, message, meta }: LogEntry): void {
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString()
  process.stderr.write(`${toJson({ at, level, message, ...meta })}\n`)
}

function toJson({ at, level, message, ...meta }: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify({ at, level, message, ...meta }, jsonSafe)
  } catch {
    // At debug level the SDK logs its options, and objects of plugins lead back to themselves.
    return JSON.stringify({ at, level, message, meta: inspect(meta) })
  }
}

function jsonSafe(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack }
  return value
}

/** A key as a command line or environment names it: a path, `file:/path` or `env:NAME`. */
function toKeyReference(text: string): SecretReference {
  if (text.startsWith('env:') || text.startsWith('file:/')) return secret(text)
  return secret(`file:${resolve(text.replace(/^file:/, ''))}`)
}

/** The public half of the key that a keeper with these keys seals with. */
async function newestPublicKey(
  keys: readonly (SecretReference | Secret)[],
): Promise<PublicKeyText | undefined> {
  const newest = keys.at(-1)
  if (newest === undefined) return undefined
  const text = newest instanceof Secret ? newest : await resolveDefinitionSecret(newest)
  return (await createKeyring([text])).newestPublicKey
}
