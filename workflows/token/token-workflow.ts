import {
  type ActivityOptions,
  allHandlersFinished,
  CancellationScope,
  makeContinueAsNewFunc,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  metricMeter,
  proxyActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { type BackOff, exponentialBackOffMs } from '../../src/contract/back-off.js'
import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import type { RemovedConnection } from '../../src/contract/token-status.js'
import { TOKEN_QUEUE_HEARTBEAT_TIMEOUT } from '../runtime/heartbeat-timeouts.js'
import { followDeployments, joinedDeployment, uncancelled } from '../runtime/long-lived.js'
import { invalidInput, readCarried, readInput, readPerRun } from '../runtime/read-input.js'
import { runTokenLoop } from './token-loop.js'
import { readSnapshot, startParts, type TokenWorkflowInput } from './token-parts.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import { createMeasure } from '../../src/contract/measure.js'
import { TOKEN_TASK_TIMEOUT_MS } from '../../src/contract/token-workflow-start.js'
import type { Postponed, TokenActivities } from '../../src/contract/token-activities.js'
import { turnOf } from '../runtime/priorities.js'
import { TEMPORAL } from '../runtime/workflow-world.js'
import { refuseStaleActivations } from '../runtime/stale-activations.js'
import type { TokenActivityProxies, TokenMessages, TokenWorld } from './token-world.js'

const SIGNALS_PER_RUN = 2000
const EXPECTED_CONNECTION = `{"connection":"shopify/acme"}. TokenkeeperClient.connect, npx tokenkeeper connect and the first flow that asks start it by themselves`

/**
 * The one long-running workflow of a connection: holds the sealed credential, refreshes it on a
 * timer, answers lease requests, and keeps the life story. Workflow id `token:<connector>:<account>`.
 * It can't be cancelled; it ends where its connection is removed, with what the provider said to that. It follows deployments by itself (`AUTO_UPGRADE`).
 * @throws ApplicationFailure `InvalidInput`
 */
export async function tokenWorkflow(input: TokenWorkflowInput): Promise<RemovedConnection> {
  refuseStaleActivations()
  const { signalsPerRun, carriedRunId } = readInput(input, EXPECTED_CONNECTION)
  const limit = readPerRun(signalsPerRun, SIGNALS_PER_RUN, EXPECTED_CONNECTION)
  const ref = parseConnection(input.connection)
  if (ref === undefined)
    throw invalidInput('connection is missing or no name of one', EXPECTED_CONNECTION)
  const carried = readCarried(input.snapshot, EXPECTED_CONNECTION)
  const isCarried = carried !== undefined
  const parts = isCarried ? readSnapshot(carried) : startParts(formatConnection(ref), Date.now())
  // No failure: the workflow goes on when a worker that knows the form has taken over.
  if (parts === undefined)
    throw new Error(
      'this worker does not know the form of the state that this workflow carries: where a newer version of tokenkeeper has written it, update this worker; where one from before 0.1.0 has, bring that one back, or end this workflow and connect anew',
    )
  return await runTokenLoop(
    { parts, isCarried, signalsPerRun: limit, carriedRunId },
    temporalWorld(formatConnection(ref)),
  )
}

followDeployments(tokenWorkflow)

/** What each does for a connection, as its summary in the Web UI says. */
const SUMMARIES: Readonly<Record<keyof TokenActivities, string>> = {
  'tokenkeeper.describe': 'read the definition of',
  'tokenkeeper.prepare': 'check a new credential of',
  'tokenkeeper.mint': 'ask for a token of',
  'tokenkeeper.verify': 'verify the token of',
  'tokenkeeper.authorization-url': 'make the address to authorize',
  'tokenkeeper.connect-form': 'make the form to connect',
  'tokenkeeper.revoke': 'revoke at the provider a grant of',
  'tokenkeeper.reseal': 'seal with the newest key what is held of',
  'tokenkeeper.notify': 'tell of changes of',
}

/** A token endpoint that hangs holds its slots for 20 s. */
const POSTPONED: BackOff = {
  firstMs: 5000,
  longestMs: 30_000,
  jitter: { least: 0.5, spread: 0.5 },
}

function isPostponed(result: unknown): result is Postponed {
  return (result as Partial<Postponed> | undefined)?.outcome === 'postponed'
}

const heartbeatTimeout = TOKEN_QUEUE_HEARTBEAT_TIMEOUT
/** Start-to-close is longer than the limit of the HTTP exchange (20 s). */
const ONE_TRY: ActivityOptions = {
  startToCloseTimeout: '60s',
  heartbeatTimeout,
  retry: { maximumAttempts: 1 },
}

const SEVERAL_TRIES: ActivityOptions = { startToCloseTimeout: '40s', heartbeatTimeout }

function activitiesOf(connection: string): TokenActivityProxies {
  // The proxies are made when they are called: token workflows are many, and most of them wait.
  const named = (options: ActivityOptions, work: 'token' | 'late' = 'token'): TokenActivities =>
    Object.fromEntries(
      Object.entries(SUMMARIES).map(([name, what]) => [
        name,
        async (input: unknown): Promise<unknown> => {
          const summary = toSummary(`${what} ${connection}`)
          for (let times = 1; ; times += 1) {
            const result = (await proxyActivities({
              ...options,
              summary,
              priority: turnOf(work, connection),
            })[name]?.(input)) as unknown
            if (!isPostponed(result)) return result
            // As in a task queue: what asked for it waits, and nothing has been tried.
            await sleep(exponentialBackOffMs(POSTPONED, times, Math.random()), {
              summary: toSummary(`${connection}: all slots that its connector may have are taken`),
            })
          }
        },
      ]),
    ) as unknown as TokenActivities
  return {
    quick: named({ ...SEVERAL_TRIES, retry: { maximumInterval: '30s' } }),
    bounded: named({ ...SEVERAL_TRIES, retry: { maximumAttempts: 3 } }),
    once: named(ONE_TRY),
    unhurried: named(ONE_TRY, 'late'),
  }
}

/**
 * A replay takes half a millisecond of processor time an event, and what no longer fits into a worker's cache is
 * replayed for every refresh. So many events are about twenty refreshes.
 */
const LONG_EVENTS = 250
/** The server ends a workflow at 51,200 events or 50 MiB; one task may bring thousands. */
const OVERFULL_EVENTS = 30_000
const OVERFULL_BYTES = 24 * 1024 * 1024

const messages: TokenMessages = {
  onSignal: (name, description, take) => {
    setHandler(defineSignal<[unknown]>(name), take, { description })
  },
  onOtherSignal: (take) => {
    setDefaultSignalHandler(take)
  },
  onQuery: (name, description, answer) => {
    setHandler(defineQuery<unknown, [unknown]>(name), answer, { description })
  },
  onUpdate: <T>(
    name: string,
    description: string,
    validate: (value: unknown) => void,
    answer: (value: unknown) => Promise<T>,
  ) => {
    // What a validator refuses leaves no trace in history.
    setHandler(defineUpdate<T, [unknown]>(name), answer, { description, validator: validate })
  },
  areAnswered: allHandlersFinished,
}

/** The world of the workflow that runs, for its connection. */
function temporalWorld(connection: string): TokenWorld {
  const joined = joinedDeployment()
  return {
    ...TEMPORAL,
    startTimer,
    activities: activitiesOf(connection),
    signal: (workflowId, name, message) =>
      getExternalWorkflowHandle(workflowId).signal(name, message),
    messages,
    display: {
      details: setCurrentDetails,
      searchAttributes: upsertSearchAttributes,
      told: () => workflowInfo().typedSearchAttributes,
      log: (level, message, about) => {
        log[level](message, about)
      },
    },
    measure: createMeasure(() => metricMeter),
    run: {
      firstExecutionRunId: () => workflowInfo().firstExecutionRunId,
      historyLength: () => workflowInfo().historyLength,
      isFull: () => workflowInfo().continueAsNewSuggested || joined(),
      isLong: () => workflowInfo().historyLength >= LONG_EVENTS,
      isOverfull: () => {
        const { historyLength, historySize } = workflowInfo()
        return historyLength >= OVERFULL_EVENTS || historySize >= OVERFULL_BYTES
      },
      // A workflow that was started with a shorter timeout has this one from its next run on.
      continueAsNew: makeContinueAsNewFunc<(input: TokenWorkflowInput) => Promise<never>>({
        workflowTaskTimeout: TOKEN_TASK_TIMEOUT_MS,
      }),
    },
    uncancelled,
  }
}

function startTimer(ms: number, summary: string, ring: () => void): () => void {
  const scope = new CancellationScope()
  scope.run(() => sleep(ms, { summary: toSummary(summary) })).then(ring, () => undefined)
  return () => {
    scope.cancel()
  }
}
