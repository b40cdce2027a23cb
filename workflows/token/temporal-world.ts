import {
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
import { toSummary } from '../../src/contract/foreign-text.js'
import { createMeasure } from '../../src/contract/measure.js'
import { TOKEN_TASK_TIMEOUT_MS } from '../../src/contract/token-workflow-start.js'
import type { TokenActivities } from '../../src/contract/token-activities.js'
import { joinedDeployment, uncancelled } from '../runtime/long-lived.js'
import { TEMPORAL } from '../runtime/workflow-world.js'
import type { TokenActivityProxies, TokenMessages, TokenWorld } from './token-world.js'
import type { TokenWorkflowInput } from './token-snapshot.js'

const activities: TokenActivityProxies = {
  quick: proxyActivities<TokenActivities>({
    startToCloseTimeout: '40s',
    retry: { maximumInterval: '30s' },
  }),
  bounded: proxyActivities<TokenActivities>({
    startToCloseTimeout: '40s',
    retry: { maximumAttempts: 3 },
  }),
  // Start-to-close is longer than the limit of the HTTP exchange (20 s), the heartbeat shows a dead
  // worker within 5 s.
  once: proxyActivities<TokenActivities>({
    startToCloseTimeout: '60s',
    heartbeatTimeout: '5s',
    retry: { maximumAttempts: 1 },
  }),
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
    setHandler(defineQuery<unknown>(name), answer, { description })
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

/** The world of the workflow that runs. */
export function temporalWorld(): TokenWorld {
  const joined = joinedDeployment()
  return {
    ...TEMPORAL,
    startTimer,
    activities,
    signal: (workflowId, name, message) =>
      getExternalWorkflowHandle(workflowId).signal(name, message),
    messages,
    display: {
      details: setCurrentDetails,
      searchAttributes: upsertSearchAttributes,
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

function startTimer(ms: number, summary: string | undefined, ring: () => void): () => void {
  const scope = new CancellationScope()
  scope
    .run(() => sleep(ms, summary === undefined ? {} : { summary: toSummary(summary) }))
    .then(ring, () => undefined)
  return () => {
    scope.cancel()
  }
}
