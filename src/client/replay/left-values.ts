import type { ActivitySerializationContext, WorkflowSerializationContext } from '@temporalio/common'
import type { temporal } from '@temporalio/proto'
import type { DecodePayloads, PayloadList } from './decode-payloads.js'

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent
type ProtoFailure = temporal.api.failure.v1.IFailure | null | undefined
type Pending = temporal.api.workflow.v1.IPendingActivityInfo

const SYNC_ACTIVITY = 'tokenkeeper.sync'

/** What a run left, as Temporal keeps it. */
export interface LeftBehind {
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
