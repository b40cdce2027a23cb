import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  proxyActivities,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow'
import { failureCode, failureDetails } from '../../src/contract/failure.js'
import type { CallInput, CallResult, FlowActivities } from '../../src/contract/flow-activities.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import { withoutUndefined } from '../../src/contract/plain-data.js'
import { workQueueOf } from '../../src/contract/task-queues.js'
import { WORK_QUEUE_HEARTBEAT_TIMEOUT } from '../runtime/heartbeat-timeouts.js'
import { turnOf } from '../runtime/priorities.js'
import { afterCancellation, unknownOutcome } from './cancelled-call.js'
import type { LeaseHolder } from './lease-holder.js'
import type { LeaseOptions } from './lease-source.js'
import { nextAfterRejection, type Rejection } from './rejections.js'

export interface Call {
  readonly endpoint: string
  readonly input: Readonly<Record<string, unknown>>
  readonly idempotencyKey: string
}

/**
 * How long a call whose flow does not wait for ever may lie in the task queue before the flow asks for a
 * lease: at most so long, for a keeper worker that is busy is no reason to give up, and at least so long.
 */
const MOST_QUEUED_MS = 10_000
const LEAST_QUEUED_MS = 2000

/**
 * Calls an endpoint by an activity of the keeper worker, which finds the lease by itself. Where it finds
 * none, the flow asks by signal: it parks, and goes on with the lease that it gets.
 * @throws ActivityFailure with a code of the closed table; ApplicationFailure `ConnectionNotUsable` after
 * `maxWait`
 */
export async function callEndpoint(
  holder: LeaseHolder,
  taskQueue: string,
  waits: LeaseOptions,
  call: Call,
): Promise<unknown> {
  const attempt = attempts(holder.connection, taskQueue, waits, call)
  for (;;) {
    const lease = holder.held()
    const startedMs = Date.now()
    const result = await attempt({ lease, known: holder.known })
    switch (result.outcome) {
      case 'done':
        if (result.known !== undefined) holder.saw(result.known)
        return result.result
      case 'refused':
        await nextAfterRejection(holder, result, waits)
        break
      case 'lease-expired':
        if (lease !== undefined) holder.drop(lease)
        break
      case 'lease-needed': {
        const { known, why } = result
        if (known !== undefined) holder.saw(known)
        await holder.lease({ ...waits, waitedMs: Date.now() - startedMs, heard: why })
        break
      }
      case 'wait':
        await sleep(result.waitMs, { summary: toSummary(`${holder.connection}: ${result.reason}`) })
        break
    }
  }
}

/** What comes of one activity: its result, or a refusal of the credential. */
type Attempted = CallResult | ({ readonly outcome: 'refused' } & Rejection)

function attempts(
  connection: string,
  taskQueue: string,
  { maxWaitMs }: LeaseOptions,
  call: Call,
): (leased: Pick<CallInput, 'lease' | 'known'>) => Promise<Attempted> {
  const queuedMs = Math.max(LEAST_QUEUED_MS, Math.min(maxWaitMs ?? 0, MOST_QUEUED_MS))
  return async (leased) => {
    const isBounded = maxWaitMs !== undefined && leased.lease === undefined
    const { 'tokenkeeper.call': run } = proxyActivities<Pick<FlowActivities, 'tokenkeeper.call'>>({
      taskQueue: workQueueOf(taskQueue),
      priority: turnOf('call', connection),
      // A write that is under way is not left to itself: the flow hears what became of it.
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      startToCloseTimeout: '10m',
      ...withoutUndefined({ scheduleToStartTimeout: isBounded ? queuedMs : undefined }),
      heartbeatTimeout: WORK_QUEUE_HEARTBEAT_TIMEOUT,
      retry: { initialInterval: '500ms', maximumInterval: '30s' },
      summary: toSummary(`${connection} ${call.endpoint}`),
    })
    const patienceMs = isBounded ? queuedMs / 2 : undefined
    try {
      return await run({ connection, ...leased, patienceMs, ...call })
    } catch (error) {
      const { endpoint } = call
      if (failureCode(error) === 'CredentialRejected')
        return { outcome: 'refused', ...toRejection(error, { connection, endpoint, ...leased }) }
      if (CancellationScope.current().consideredCancelled)
        throw afterCancellation(error, connection, endpoint)
      if (!isBounded || !wasLeftInQueue(error)) throw error
      // An attempt before this one may have left a write under way.
      const ambiguous = unknownOutcome(error, connection, endpoint)
      if (ambiguous !== undefined) throw ambiguous
      return { outcome: 'lease-needed' }
    }
  }
}

/** No worker has taken it. */
function wasLeftInQueue(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START'
}

function toRejection(
  error: unknown,
  { lease, ...where }: Pick<CallInput, 'connection' | 'endpoint' | 'lease'>,
): Rejection {
  const details = failureDetails(error)
  const { generation = lease?.generation ?? 0, status = 401 } = details ?? {}
  const { firstExecutionRunId, passed, keyId, outdated } = details ?? {}
  const { connection, endpoint } = where
  return {
    connection,
    endpoint,
    generation,
    firstExecutionRunId,
    status,
    passed,
    outdated,
    keyId,
  }
}
