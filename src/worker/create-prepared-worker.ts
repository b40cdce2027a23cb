import type { MetricMeter } from '@temporalio/common'
import { Runtime, Worker, type WorkerOptions } from '@temporalio/worker'
import { createAuthorizedFetchInterceptor } from '../../activities/fetch/authorized-fetch.js'
import {
  createSyncActivities,
  createTokenQueueActivities,
  createWorkActivities,
} from '../../activities/index.js'
import type { Keeper } from '../../activities/keeper/keeper.js'
import { toMilliseconds } from '../contract/duration.js'
import { createMeasure } from '../contract/measure.js'
import { withoutUndefined } from '../contract/plain-data.js'
import {
  isKeeperTaskQueue,
  isMadeQueue,
  KEEPER_TASK_QUEUE,
  keeperTaskQueueRule,
  syncQueueOf,
  workQueueOf,
} from '../contract/task-queues.js'
import { checkBundledWorkflows } from './bundled-workflows.js'
import { composePayloadConverter } from './compose-payload-converter.js'
import type { KeeperWorkerOptions } from './keeper-options.js'
import { logLine } from './log-line.js'
import { prepareKeeper } from './prepare-keeper.js'
import { registerSearchAttributes } from './search-attribute-setup.js'
import { whileRunning } from './while-running.js'
import { KEEPER_PLUGIN, withoutUnusedDeployment } from './worker-options.js'
import { createBeside, isEnding } from './workers-beside.js'
import { cachedWorkflowsFor, processMemory, workflowCache } from './workflow-cache.js'
import { sharedModulesPath, workflowsPath } from './workflow-files.js'

const SHUTDOWN_GRACE_TIME = '25s'
/**
 * Each heartbeat that reaches the server is billed. A sync tells its place by them, and hears that it is not wanted
 * any more; the timeouts of `syncFlow` leave some seconds for a worker that is busy.
 */
const HEARTBEATS = '5s'
const ECONOMY_HEARTBEATS = '40s'
const MAY_TAKE_AFTER_GRACE_MS = 30_000
/**
 * Where workflow code takes longer than this, the SDK cuts it off, and Node ends the whole process: "async
 * hook stack has become corrupted" (nodejs/node#38503). On a busy machine a crowd of waiting flows took
 * more than the default of 5 s. The SDK reads this option and does not document it.
 */
const LONGER_ACTIVATIONS: object = { isolateExecutionTimeout: '60s' }

/**
 * One thread runs all workflow code. The server hands out first what somebody waits for, but what a worker has taken it
 * works off in turn: of the SDK's 40 a task waited for 39 others. A poll holds a slot, so some are left for work; half
 * of the polls are for what is in no cache: everything that is new, or was with a worker that is gone.
 */
const WORKFLOW_TASKS = {
  maxConcurrentWorkflowTaskExecutions: 16,
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
  nonStickyToStickyPollRatio: 0.5,
} satisfies Partial<WorkerOptions>

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
  | 'slots'
  | 'economy'
>

/** Makes a keeper worker of what {@link prepareKeeper} has read; see `createKeeperWorker`. */
export async function createPreparedWorker(
  prepared: Keeper,
  options: PreparedOptions,
): Promise<Worker> {
  const taskQueue = readTaskQueue(options)
  const { workflowSinks, workflowBundle, bundlerOptions, ...more } = options
  const { connection, maxCachedWorkflows: given, ...passedOn } = more
  const namespace = options.namespace ?? 'default'
  const meter = (): MetricMeter => Runtime.instance().metricMeter.withTags({ namespace, taskQueue })
  const keeper = prepared.forWorker({ measure: createMeasure(meter), taskQueue })
  if (workflowBundle !== undefined) await checkBundledWorkflows(workflowBundle)
  await registerSearchAttributes(connection, namespace, logLine)
  const interceptors =
    options.activities === undefined && !hasFunctions(keeper)
      ? options.interceptors
      : withAuthorizedFetch(options.interceptors, keeper, taskQueue)
  const own: { keeper?: Worker | undefined; syncs?: Worker | undefined } = {}
  // The workers beside hear of an end some moments later, and a quick sync would have gone on for pages.
  const isDraining = (): boolean =>
    [own.keeper, own.syncs].some((worker) => worker !== undefined && isEnding(worker))
  const identity = (): string => own.keeper?.options.identity ?? 'unknown'
  const tokenActivities = createTokenQueueActivities(keeper, identity)
  const isFull = (): boolean =>
    (own.syncs?.getStatus().numInFlightActivities ?? 0) >= keeper.slots.syncs
  const workActivities = createWorkActivities(keeper)
  const syncActivities = createSyncActivities(keeper, { isDraining, isFull })
  needOwnNames(options.activities, { ...tokenActivities, ...workActivities, ...syncActivities })
  const plugins = options.plugins ?? []
  const memory = processMemory()
  const cache = workflowCache({ taskQueue, given, memory, log: logLine })
  const common = {
    // After SIGKILL of a worker the sticky queue would hold workflow tasks for 10 s.
    stickyQueueScheduleToStartTimeout: '1s',
    ...LONGER_ACTIVATIONS,
    // Longer than the limit of a token request, so that its answer is never thrown away.
    shutdownGraceTime: SHUTDOWN_GRACE_TIME,
    shutdownForceTime: forceTime(options.shutdownGraceTime ?? SHUTDOWN_GRACE_TIME),
    ...withoutUnusedDeployment(passedOn),
    connection,
    namespace,
    dataConverter: {
      ...options.dataConverter,
      payloadConverterPath: composePayloadConverter(options.dataConverter?.payloadConverterPath),
    },
    ...withoutUndefined({ interceptors }),
  } satisfies Omit<WorkerOptions, 'taskQueue'>
  const others = {
    maxHeartbeatThrottleInterval: keeper.economy ? ECONOMY_HEARTBEATS : HEARTBEATS,
    ...common,
    plugins: [...plugins, { name: KEEPER_PLUGIN }],
  } satisfies Omit<WorkerOptions, 'taskQueue'>
  const createWork = async (): Promise<Worker> =>
    await Worker.create({
      ...others,
      taskQueue: workQueueOf(taskQueue),
      maxConcurrentActivityTaskExecutions: keeper.slots.work,
      activities: { ...options.activities, ...workActivities },
    })
  const createSyncs = async (): Promise<Worker> => {
    own.syncs = await Worker.create({
      ...others,
      taskQueue: syncQueueOf(taskQueue),
      maxConcurrentActivityTaskExecutions: keeper.slots.syncs,
      activities: syncActivities,
    })
    return own.syncs
  }
  own.keeper = await createBeside([createWork, createSyncs], (beside) =>
    Worker.create({
      ...WORKFLOW_TASKS,
      ...common,
      // A worker that has died is missed within five seconds: an interval of the user's is for calls and syncs.
      maxHeartbeatThrottleInterval: '1s',
      taskQueue,
      maxConcurrentActivityTaskExecutions: keeper.slots.tokens,
      ...bundledHere({ workflowBundle, bundlerOptions }),
      maxCachedWorkflows: given ?? cachedWorkflowsFor(memory),
      activities: { ...options.activities, ...tokenActivities },
      ...withoutUndefined({ sinks: workflowSinks }),
      plugins: [...plugins, whileRunning(keeper, taskQueue), cache, beside],
    }),
  )
  return own.keeper
}

/** @throws TypeError for a name that can't be one; for options that are given by `slots` here */
function readTaskQueue(options: PreparedOptions): string {
  const { taskQueue = KEEPER_TASK_QUEUE } = options
  if (!isKeeperTaskQueue(taskQueue)) throw new TypeError(`taskQueue: give ${keeperTaskQueueRule()}`)
  if (isMadeQueue(taskQueue))
    throw new TypeError(
      `taskQueue: '${taskQueue}' ends as the names of those task queues do that a keeper makes for calls and syncs; give another name`,
    )
  // JavaScript may give anything.
  for (const name of ['tuner', 'maxConcurrentActivityTaskExecutions'])
    if (Object.hasOwn(options, name))
      throw new TypeError(
        `${name}: a keeper has slots for token requests, for calls and for syncs; give slots: { tokens: 100, work: 100, syncs: 100 }`,
      )
  return taskQueue
}

/**
 * Where the SDK's core fails, the worker drains without ever ending: it polls no more, and its process
 * stays up. After this time `run` rejects all the same, so that the process ends and a supervisor sees it.
 */
function forceTime(graceTime: NonNullable<WorkerOptions['shutdownGraceTime']>): number {
  return (toMilliseconds(graceTime) ?? 25_000) + MAY_TAKE_AFTER_GRACE_MS
}

interface Bundled {
  readonly workflowBundle: WorkerOptions['workflowBundle'] | undefined
  readonly bundlerOptions: WorkerOptions['bundlerOptions'] | undefined
}

/** Token workflows are many: all of them share one copy of the code. */
function bundledHere({ workflowBundle, bundlerOptions: theirs }: Bundled): Partial<WorkerOptions> {
  if (workflowBundle !== undefined) return { workflowBundle }
  const preloadModules = [...(theirs?.preloadModules ?? []), sharedModulesPath()]
  return { workflowsPath: workflowsPath(), bundlerOptions: { ...theirs, preloadModules } }
}

/** @throws TypeError where an activity of the user's has the name of one of ours */
function needOwnNames(theirs: WorkerOptions['activities'], ours: object): void {
  const clash = Object.keys(theirs ?? {}).find((name) => Object.hasOwn(ours, name))
  if (clash !== undefined)
    throw new TypeError(`activities: '${clash}' is tokenkeeper's own name; choose another`)
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

/**
 * Makes the worker that holds the keys: it runs the token workflows and their token requests on its own
 * task queue, and the calls and the syncs of flows beside them, each on a task queue and with slots of their own.
 * `await worker.run()` as with any Temporal worker: it runs, drains and ends all three.
 * Takes what `Worker.create` takes beside; a `dataConverter` of yours is kept and made tolerant, and a
 * `workflowBundle` of yours must export what a keeper runs by itself.
 *
 * @throws TypeError for options that can't be; ApplicationFailure `SecretUnresolved` for a missing key
 */
export async function createKeeperWorker(options: KeeperWorkerOptions): Promise<Worker> {
  const { connectors, privateKeys, keyFileAccess, references, ...others } = options
  const { customAuth, sinks, transforms, maxIdBytes, metricsInterval, ...more } = others
  const { tracing, metricsTags, notices, slots, economy, ...rest } = more
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
    slots,
    economy,
  })
  return await createPreparedWorker(prepared, rest)
}
