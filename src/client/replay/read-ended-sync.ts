import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import type { WorkflowSerializationContext, ActivitySerializationContext } from '@temporalio/common'
import type { temporal } from '@temporalio/proto'
import {
  type FailureCategory,
  type FailureCode,
  FAILURES,
  isFailureCode,
} from '../../contract/failures.js'
import { isRecord } from '../../contract/plain-data.js'
import type { SyncInput } from '../../contract/sync.js'
import { payloadDecoder, type DecodePayloads, type PayloadList } from './decode-payloads.js'
import { furthestProgress, type RunProgress } from './run-progress.js'

export type StartedAttributes = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>

/** A sync that ended without being done, with all that a run in its stead needs. */
export interface EndedSync {
  readonly description: WorkflowExecutionDescription
  readonly input: SyncInput
  readonly lineage: string
  readonly started: StartedAttributes
  /** Absent: nothing was accepted by the sink. */
  readonly progress?: RunProgress | undefined
  /** Absent where it failed with something that is not of tokenkeeper's. */
  readonly category?: FailureCategory | undefined
}

/** The ends after which a sync can be replayed; the type of `describe().status.name`. */
const CATEGORY_OF_STATUS: Readonly<Record<string, FailureCategory | 'failed'>> = {
  FAILED: 'failed',
  TIMED_OUT: 'timeout',
  TERMINATED: 'terminated',
  CANCELLED: 'cancelled',
}

export function endedWithoutResult({ status }: WorkflowExecutionDescription): boolean {
  return Object.hasOwn(CATEGORY_OF_STATUS, status.name)
}

/** Undefined where the run's beginning can't be read: its history is gone, or its input is no sync's. */
export async function readEndedSync(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<EndedSync | undefined> {
  const { workflowId, runId } = description
  const { namespace } = client.options
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory()
  const started = events?.[0]?.workflowExecutionStartedEventAttributes
  if (started === undefined || started === null || events === null) return undefined
  const decode = payloadDecoder(client)
  const owner: WorkflowSerializationContext = { type: 'workflow', namespace, workflowId }
  const [input] = await decode(started.input, owner)
  if (!isSyncInput(input)) return undefined
  const { pendingActivities } = description.raw
  const left = await leftValues({ owner, events, pending: pendingActivities ?? [] }, decode)
  const progress = furthestProgress([input.checkpoint, ...left])
  const { code, timedOut } = failureOf(events.at(-1))
  const byStatus = CATEGORY_OF_STATUS[description.status.name]
  const category =
    byStatus === 'failed'
      ? code === undefined
        ? timedOut
          ? 'timeout'
          : undefined
        : FAILURES[code].category
      : byStatus
  return {
    description,
    input,
    lineage: input.lineage ?? `${workflowId}/${started.firstExecutionRunId ?? runId}`,
    started,
    progress: progress && {
      ...progress,
      unknownWrite: progress.unknownWrite || code === 'AmbiguousWrite',
    },
    category,
  }
}

/** What stands in the closing event of a run that failed. */
function failureOf(closing: HistoryEvent | undefined): {
  readonly code?: FailureCode | undefined
  readonly timedOut: boolean
} {
  const { failure } = closing?.workflowExecutionFailedEventAttributes ?? {}
  let timedOut = false
  for (let link = failure; link !== null && link !== undefined; link = link.cause) {
    const type = link.applicationFailureInfo?.type
    if (isFailureCode(type)) return { code: type, timedOut }
    timedOut ||= link.timeoutFailureInfo !== null && link.timeoutFailureInfo !== undefined
  }
  return { timedOut }
}

/** As far as replay reads it: whoever may start workflows may have given anything. */
function isSyncInput(value: unknown): value is SyncInput {
  if (!isRecord(value)) return false
  const { from, to, lineage, keeperTaskQueue, incremental = {} } = value
  if (!isRecord(from) || !isRecord(to) || !isRecord(incremental)) return false
  const texts = [from['connection'], from['endpoint']]
  if ('sink' in to) texts.push(to['sink'])
  else texts.push(to['connection'], to['endpoint'])
  const others = [lineage, keeperTaskQueue].filter((other) => other !== undefined)
  return [...texts, ...others].every((text) => typeof text === 'string')
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent
type ProtoFailure = temporal.api.failure.v1.IFailure | null | undefined
type Pending = temporal.api.workflow.v1.IPendingActivityInfo

const SYNC_ACTIVITY = 'tokenkeeper.sync'

/** What a run left, as Temporal keeps it. */
interface LeftBehind {
  readonly owner: WorkflowSerializationContext
  readonly events: readonly HistoryEvent[]
  /** Also of a run that is closed: the server keeps the details of its activity's last heartbeat. */
  readonly pending: readonly Pending[]
}

/**
 * The values that may hold the checkpoint of a run, in the order in which the run left them: the results,
 * failures and heartbeats of its sync activities, and what it failed with.
 */
export async function leftValues(
  { owner, events, pending }: LeftBehind,
  decode: DecodePayloads,
): Promise<readonly unknown[]> {
  const lists: (readonly [
    PayloadList,
    WorkflowSerializationContext | ActivitySerializationContext,
  ])[] = []
  const ofActivity = (activityId: string): ActivitySerializationContext => {
    const { namespace, workflowId } = owner
    return { type: 'activity', namespace, workflowId, activityId, isLocal: false }
  }
  const scheduled = new Map<string, string>()
  for (const event of events) {
    const { activityTaskScheduledEventAttributes: begun } = event
    if (begun?.activityType?.name === SYNC_ACTIVITY)
      scheduled.set(String(event.eventId), begun.activityId ?? '')
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes
    const activityId = scheduled.get(String(ended?.scheduledEventId))
    if (activityId === undefined || ended === null || ended === undefined) continue
    const context = ofActivity(activityId)
    if ('result' in ended) lists.push([ended.result, context])
    if ('details' in ended) lists.push([ended.details, context])
    if ('failure' in ended)
      for (const list of failureLists(ended.failure)) lists.push([list, context])
  }
  for (const { activityType, activityId, heartbeatDetails, lastFailure } of pending) {
    if (activityType?.name !== SYNC_ACTIVITY) continue
    const context = ofActivity(activityId ?? '')
    for (const list of failureLists(lastFailure)) lists.push([list, context])
    lists.push([heartbeatDetails, context])
  }
  const { workflowExecutionFailedEventAttributes: failed } = events.at(-1) ?? {}
  for (const list of failureLists(failed?.failure)) lists.push([list, owner])
  const values = await Promise.all(lists.map(([list, context]) => decode(list, context)))
  return values.flat()
}

/** Everything that a failure and its causes carry. */
function failureLists(failure: ProtoFailure): readonly PayloadList[] {
  const lists: PayloadList[] = []
  for (let link = failure; link !== null && link !== undefined; link = link.cause)
    lists.push(
      link.applicationFailureInfo?.details,
      link.timeoutFailureInfo?.lastHeartbeatDetails,
      link.canceledFailureInfo?.details,
    )
  return lists.filter((list) => list !== null && list !== undefined)
}
