import { Runtime } from '@temporalio/worker'
import { realpath, stat } from 'node:fs/promises'
import { proxyProblem } from '../../activities/network/proxies.js'
import {
  DEFAULT_SLOTS,
  Keeper,
  type KeeperParts,
  type KeeperSlots,
} from '../../activities/keeper/keeper.js'
import { Notices } from '../../activities/keeper/notices.js'
import { bindCustomAuth } from '../auth/custom/bind-custom-auth.js'
import type { ReportThrown } from '../auth/custom/report-thrown.js'
import type { Connector } from '../connectors/connector.js'
import { isSecretReference } from '../definition/secret-reference.js'
import { isTag, TAG_RULE } from '../contract/connection-details.js'
import { isConnectorName } from '../contract/connection-ref.js'
import { toMilliseconds } from '../contract/duration.js'
import { createMeasure } from '../contract/measure.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { LEAST_MAX_ID_BYTES, MAX_ID_BYTES } from '../contract/outside-values.js'
import { type Tracer, Tracing } from '../contract/tracing.js'
import { resolveDefinitionSecret } from '../sealing/definition-secrets.js'
import { createKeyring } from '../sealing/keyring.js'
import { createReferenceAllowList } from '../sealing/reference-allow-list.js'
import { Secret } from '../sealing/secret.js'
import type { KeeperOptions } from './keeper-options.js'
import { logLine, type LogLine } from './log-line.js'
import { syncFunctions } from './sync-functions.js'

/**
 * Connectors by id, each bound to the functions that its authentication names.
 * @throws TypeError for one that `defineConnector` did not make, an id given twice, functions that are missing
 */
export function connectorsById({
  connectors,
  customAuth,
}: Pick<KeeperOptions, 'connectors' | 'customAuth'>): ReadonlyMap<string, Connector> {
  const byId = new Map<string, Connector>()
  for (const connector of connectors) {
    if (!isConnectorName(connector.id) || !Object.isFrozen(connector))
      throw new TypeError('connectors: give what defineConnector() returned')
    if (byId.has(connector.id))
      throw new TypeError(
        `connectors: '${connector.id}' is given twice; one connector has many accounts, so give another connector another id`,
      )
    byId.set(connector.id, boundConnector(connector, customAuth))
  }
  return byId
}

function boundConnector(connector: Connector, customAuth: KeeperOptions['customAuth']): Connector {
  try {
    const auth = bindCustomAuth(connector.auth, customAuth, reportThrown)
    return auth === connector.auth ? connector : Object.freeze({ ...connector, auth })
  } catch (error) {
    throw new TypeError(`connectors: '${connector.id}': ${(error as TypeError).message}`)
  }
}

const LEAST_METRICS_INTERVAL_MS = 1000

const reportThrown: ReportThrown = ({ name, function: which, ...thrown }) => {
  logLine('custom_function_threw', `${which} of the custom authentication '${name}' threw`, {
    authentication: name,
    function: which,
    ...thrown,
  })
}

function readMaxIdBytes({ maxIdBytes = MAX_ID_BYTES }: KeeperOptions): number {
  if (
    Number.isInteger(maxIdBytes) &&
    maxIdBytes >= LEAST_MAX_ID_BYTES &&
    maxIdBytes <= MAX_ID_BYTES
  )
    return maxIdBytes
  throw new TypeError(
    `maxIdBytes: give a whole number from ${LEAST_MAX_ID_BYTES} to ${MAX_ID_BYTES}, the cluster's limit.maxIDLength`,
  )
}

function readMetricsInterval({ metricsInterval }: KeeperOptions): number | undefined {
  if (metricsInterval === undefined) return undefined
  const ms = toMilliseconds(metricsInterval)
  if (ms !== undefined && ms >= LEAST_METRICS_INTERVAL_MS) return ms
  throw new TypeError(
    `metricsInterval: give a duration of a second or more, as '1 minute' or a number of milliseconds`,
  )
}

function readTracing(
  { tracing }: KeeperOptions,
  connectors: ReadonlyMap<string, Connector>,
): Pick<KeeperParts, 'tracing' | 'propagateTo'> {
  if (tracing === undefined) return {}
  const { tracer, propagateTo = [] } = tracing
  // JavaScript may give anything.
  if (typeof (tracer as Partial<Tracer> | undefined)?.startActiveSpan !== 'function')
    throw new TypeError(
      `tracing: give a tracer of @opentelemetry/api, as { tracer: trace.getTracer('tokenkeeper') }`,
    )
  const unknown = propagateTo.find((id) => !connectors.has(id))
  if (unknown !== undefined)
    throw new TypeError(
      `tracing: propagateTo names '${unknown}', which is no id of a connector (${[...connectors.keys()].join(', ')})`,
    )
  return { tracing: new Tracing(tracer), propagateTo: new Set(propagateTo) }
}

const MOST_SLOTS = 10_000

function readSlots({ slots = {} }: KeeperOptions): KeeperSlots {
  const { tokens, work, syncs, callsOfConnector } = { ...DEFAULT_SLOTS, ...withoutUndefined(slots) }
  for (const [name, count] of Object.entries({ tokens, work, syncs }))
    if (!Number.isInteger(count) || count < 1 || count > MOST_SLOTS)
      throw new TypeError(`slots: ${name} is a whole number from 1 to ${MOST_SLOTS}`)
  if (!(callsOfConnector > 0 && callsOfConnector <= 1))
    throw new TypeError('slots: callsOfConnector is a share above 0, and at most 1')
  return { tokens, work, syncs, callsOfConnector }
}

/** Each is a label of a metric. */
const MAX_METRICS_TAGS = 50

function readMetricsTags({ metricsTags = [] }: KeeperOptions): readonly string[] {
  if (!metricsTags.every(isTag) || metricsTags.length > MAX_METRICS_TAGS)
    throw new TypeError(`metricsTags: give at most ${MAX_METRICS_TAGS} tags; a tag is ${TAG_RULE}`)
  return [...new Set(metricsTags)]
}

/**
 * Reads keys, checks references and options, and makes the keeper of them.
 * @throws TypeError for wrong options; ApplicationFailure `SecretUnresolved` for a key that is missing
 */
export async function prepareKeeper(options: KeeperOptions): Promise<Keeper> {
  const connectors = connectorsById(options)
  const functions = syncFunctions(options)
  const maxIdBytes = readMaxIdBytes(options)
  const metricsIntervalMs = readMetricsInterval(options)
  const metricsTags = readMetricsTags(options)
  const notices = new Notices(options.notices)
  const slots = readSlots(options)
  const traced = readTracing(options, connectors)
  const proxied = [...connectors.values()].some(({ network }) => network?.proxy !== false)
  const problem = proxied ? proxyProblem() : undefined
  if (problem !== undefined) throw new TypeError(problem)
  if (options.privateKeys.length === 0)
    throw new TypeError(
      `privateKeys: a keeper worker needs at least one; make it with \`npx tokenkeeper keygen\` and give secret('file:/path')`,
    )
  const keyFiles: string[] = []
  const keys: Secret[] = []
  for (const key of options.privateKeys) {
    // A plain string is refused at run time as well: it would be printed with the options at debug level.
    if (!(key instanceof Secret) && !isSecretReference(key))
      throw new TypeError(
        `privateKeys: give secret('file:/path') or a Secret, never the key itself`,
      )
    if (!(key instanceof Secret) && key.secret.startsWith('file:')) {
      const path = key.secret.slice('file:'.length)
      keyFiles.push(path)
      await checkKeyFile(path, { access: options.keyFileAccess ?? 'warn', log: logLine })
    }
    keys.push(key instanceof Secret ? key : await resolveDefinitionSecret(key))
  }
  return new Keeper({
    connectors,
    keyring: await createKeyring(keys),
    references: createReferenceAllowList({ allow: options.references, keyFiles }),
    functions,
    maxIdBytes,
    // For `authorizedFetch` on workers of the user's own; keeper workers bring their names.
    measure: createMeasure(() => Runtime.instance().metricMeter),
    metricsIntervalMs,
    metricsTags,
    notices,
    slots,
    economy: options.economy,
    ...traced,
  })
}

interface KeyFileCheck {
  readonly access: 'warn' | 'owner-only'
  readonly log: LogLine
}

/**
 * Looks whether a key file can be read or written by others than its owner. Nothing is said where there
 * are no modes, and of a file that is not there: its reader reports that. What Kubernetes mounts is never refused;
 * its group may read, since the kubelet itself lets it with `fsGroup`.
 * @throws TypeError with `access: 'owner-only'`, for a file that others can reach
 */
export async function checkKeyFile(path: string, { access, log }: KeyFileCheck): Promise<void> {
  if (process.platform === 'win32') return
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => undefined,
  )
  if (mode === undefined) return
  const isMounted = (await realpath(path)).split('/').some((part) => /^\.\.\d{4}_/.test(part))
  if ((mode & (isMounted ? 0o037 : 0o077)) === 0) return
  const what = `the private key secret('file:${path}') has the mode 0${mode.toString(8)}: others than its owner can reach it`
  const warn = (message: string): void => {
    log('key_file_reachable', message, {})
  }
  if (isMounted) warn(`${what}. Mount the secret with defaultMode: 0400.`)
  else if (access === 'warn')
    warn(`${what}. Set it by chmod 600, and make a new key if others may have read it.`)
  else
    throw new TypeError(
      `privateKeys: ${what}, and keyFileAccess is 'owner-only'. Set it by chmod 600, and make a new key if others may have read it.`,
    )
}
