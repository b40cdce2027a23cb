import { type MetricMeter, noopMetricMeter } from '@temporalio/common'
import { Runtime, Worker, type WorkerOptions, type WorkerPlugin } from '@temporalio/worker'
import { createAuthorizedFetchInterceptor } from '../../activities/fetch/authorized-fetch.js'
import { createActivities } from '../../activities/index.js'
import type { Keeper } from '../../activities/keeper/keeper.js'
import { connectorFacts } from '../../activities/token/connector-facts.js'
import { definitionFingerprint } from '../../activities/token/definition-fingerprint.js'
import { toMilliseconds } from '../contract/duration.js'
import { createMeasure } from '../contract/measure.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { KEEPER_TASK_QUEUE } from '../contract/token-workflow-start.js'
import { checkBundledWorkflows } from './bundled-workflows.js'
import { composePayloadConverter } from './compose-payload-converter.js'
import { sendDefinitionNoticesTwice } from './definition-notices.js'
import { measureFleet } from './fleet-metrics.js'
import type { KeeperWorkerOptions } from './keeper-options.js'
import { logLine } from './log-line.js'
import { prepareKeeper } from './prepare-keeper.js'
import { registerSearchAttributes } from './search-attribute-setup.js'
import { KEEPER_PLUGIN, withoutUnusedDeployment } from './worker-options.js'
import { cachedWorkflowsFor, processMemory, workflowCache } from './workflow-cache.js'
import { sharedModulesPath, workflowsPath } from './workflow-files.js'

const SHUTDOWN_GRACE_TIME = '25s'
const MAY_TAKE_AFTER_GRACE_MS = 30_000
/**
 * Where workflow code takes longer than this, the SDK cuts it off, and Node ends the whole process: "async
 * hook stack has become corrupted" (nodejs/node#38503). On a busy machine a crowd of waiting flows took
 * more than the default of 5 s. The SDK reads this option and does not document it.
 */
const LONGER_ACTIVATIONS: object = { isolateExecutionTimeout: '60s' }

type PreparedOptions = Omit<
  KeeperWorkerOptions,
  | 'connectors'
  | 'privateKeys'
  | 'references'
  | 'customAuth'
  | 'sinks'
  | 'transforms'
  | 'maxIdBytes'
  | 'metricsInterval'
  | 'tracing'
  | 'metricsTags'
  | 'notices'
>

/** Makes a keeper worker of what {@link prepareKeeper} has read; see `createKeeperWorker`. */
export async function createPreparedWorker(
  prepared: Keeper,
  { workflowSinks, ...options }: PreparedOptions,
): Promise<Worker> {
  const taskQueue = options.taskQueue ?? KEEPER_TASK_QUEUE
  const namespace = options.namespace ?? 'default'
  const meter = (): MetricMeter => Runtime.instance().metricMeter.withTags({ namespace, taskQueue })
  const keeper = prepared.forWorker(createMeasure(meter))
  if (options.workflowBundle !== undefined) await checkBundledWorkflows(options.workflowBundle)
  await registerSearchAttributes(options.connection, namespace, logLine)
  const interceptors =
    options.activities === undefined && !hasFunctions(keeper)
      ? options.interceptors
      : withAuthorizedFetch(options.interceptors, keeper, taskQueue)
  const memory = processMemory()
  const cache = workflowCache({
    taskQueue,
    given: options.maxCachedWorkflows,
    memory,
    log: logLine,
  })
  const own: { worker?: Worker | undefined } = {}
  const worker = await Worker.create({
    // After SIGKILL of a worker the sticky queue would hold workflow tasks for 10 s.
    stickyQueueScheduleToStartTimeout: '1s',
    // A sync's position is reported every second, so that little is repeated after a kill.
    maxHeartbeatThrottleInterval: '1s',
    ...LONGER_ACTIVATIONS,
    // Longer than the limit of a token request, so that its answer is never thrown away.
    shutdownGraceTime: SHUTDOWN_GRACE_TIME,
    shutdownForceTime: forceTime(options.shutdownGraceTime ?? SHUTDOWN_GRACE_TIME),
    ...withoutUnusedDeployment(options),
    namespace,
    taskQueue,
    ...bundledHere(options),
    maxCachedWorkflows: options.maxCachedWorkflows ?? cachedWorkflowsFor(memory),
    activities: withOwnActivities(
      options.activities,
      createActivities(keeper, {
        isDraining: () => own.worker !== undefined && own.worker.getState() !== 'RUNNING',
        identity: () => own.worker?.options.identity ?? 'unknown',
      }),
    ),
    ...withoutUndefined({ sinks: workflowSinks, interceptors }),
    dataConverter: {
      ...options.dataConverter,
      payloadConverterPath: composePayloadConverter(options.dataConverter?.payloadConverterPath),
    },
    plugins: [...(options.plugins ?? []), noticesWhileRunning(keeper, taskQueue), cache],
  })
  own.worker = worker
  return worker
}

/**
 * Where the SDK's core fails, the worker drains without ever ending: it polls no more, and its process
 * stays up. After this time `run` rejects all the same, so that the process ends and a supervisor sees it.
 */
function forceTime(graceTime: NonNullable<WorkerOptions['shutdownGraceTime']>): number {
  return (toMilliseconds(graceTime) ?? 25_000) + MAY_TAKE_AFTER_GRACE_MS
}

/** Token workflows are many: all of them share one copy of the code. */
function bundledHere({
  workflowBundle,
  bundlerOptions: theirs,
}: Pick<WorkerOptions, 'workflowBundle' | 'bundlerOptions'>): Partial<WorkerOptions> {
  if (workflowBundle !== undefined) return {}
  const preloadModules = [...(theirs?.preloadModules ?? []), sharedModulesPath()]
  return { workflowsPath: workflowsPath(), bundlerOptions: { ...theirs, preloadModules } }
}

function withOwnActivities(theirs: WorkerOptions['activities'], ours: object): object {
  const clash = Object.keys(theirs ?? {}).find((name) => Object.hasOwn(ours, name))
  if (clash !== undefined)
    throw new TypeError(`activities: '${clash}' is tokenkeeper's own name; choose another`)
  return { ...theirs, ...ours }
}

function withAuthorizedFetch(
  theirs: WorkerOptions['interceptors'],
  keeper: Keeper,
  keeperTaskQueue: string,
): NonNullable<WorkerOptions['interceptors']> {
  const ours = createAuthorizedFetchInterceptor(keeper, { keeperTaskQueue })
  return { ...theirs, activity: [...(theirs?.activity ?? []), ours] }
}

/** They run inside the sync activity and may fetch as the user's own activities do. */
function hasFunctions({ functions }: Keeper): boolean {
  return functions.sinks.size > 0 || functions.transforms.size > 0
}

/** As a plugin, so that it holds for `run` and `runUntil` alike. */
function noticesWhileRunning(keeper: Keeper, taskQueue: string): WorkerPlugin {
  return {
    name: KEEPER_PLUGIN,
    runWorker: async (worker, next) => {
      const stopping = new AbortController()
      const running = next(worker)
      const { client } = worker
      // Not waited for: at most one request is on its way when the worker ends.
      if (client !== undefined)
        void sendDefinitionNoticesTwice({
          client,
          taskQueue,
          fingerprints: fingerprintsOf(keeper),
          keyIds: keeper.keyring.keyIds,
          notices: keeper.notices.isOn,
          signal: stopping.signal,
          log: logLine,
        })
      if (client !== undefined && Runtime.instance().metricMeter !== noopMetricMeter)
        void measureFleet({
          client,
          taskQueue,
          timed: timedConnectors(keeper),
          measure: keeper.measure,
          everyMs: keeper.metricsIntervalMs,
          tags: keeper.metricsTags,
          signal: stopping.signal,
        })
      try {
        await running
      } catch (error) {
        throw stopped(taskQueue, error)
      } finally {
        stopping.abort()
      }
    },
  }
}

async function fingerprintsOf({
  connectors,
  keyring,
}: Keeper): Promise<ReadonlyMap<string, string>> {
  const entries = [...connectors].map(
    async ([id, connector]) => [id, await definitionFingerprint(connector, keyring)] as const,
  )
  return new Map(await Promise.all(entries))
}

async function timedConnectors({ connectors, keyring }: Keeper): Promise<ReadonlySet<string>> {
  const timed = new Set<string>()
  for (const [id, connector] of connectors) {
    const { policy } = await connectorFacts(connector, keyring)
    if (policy.mode === 'timer') timed.add(id)
  }
  return timed
}

/** A keeper that ends by itself must take its process with it: nothing else would start it again. */
function stopped(taskQueue: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : 'unknown error'
  return new Error(
    `the keeper worker of task queue '${taskQueue}' stopped without being asked (${why}); let this process end, so that its supervisor starts it anew`,
    { cause },
  )
}

/**
 * Makes the worker that holds the keys: it runs the token workflows, their token requests, and the
 * calls and syncs of flows, on its own task queue. `await worker.run()` as with any Temporal worker.
 * Takes what `Worker.create` takes beside; a `dataConverter` of yours is kept and made tolerant, and a
 * `workflowBundle` of yours must export what a keeper runs by itself.
 *
 * @throws TypeError for options that can't be; ApplicationFailure `SecretUnresolved` for a missing key
 */
export async function createKeeperWorker(options: KeeperWorkerOptions): Promise<Worker> {
  const { connectors, privateKeys, keyFileAccess, references, ...others } = options
  const { customAuth, sinks, transforms, maxIdBytes, metricsInterval, ...more } = others
  const { tracing, metricsTags, notices, ...rest } = more
  const prepared = await prepareKeeper({
    connectors,
    privateKeys,
    keyFileAccess,
    references,
    customAuth,
    sinks,
    transforms,
    maxIdBytes,
    metricsInterval,
    tracing,
    metricsTags,
    notices,
  })
  return await createPreparedWorker(prepared, rest)
}
