import type { Context } from '@temporalio/activity'

/** How soon a sync hears that it is not wanted any more, where a worker has few of them. */
const LOOK_EVERY_MS = 1000
/** A worker with many syncs asks at most twenty times a second. */
const LOOK_OF_EACH_MS = 50
const PATIENCE_MS = 5000

/** gRPC: there is no such workflow any more. */
const NOT_FOUND = 5
/**
 * COMPLETED, FAILED, CANCELED, TERMINATED, CONTINUED_AS_NEW and TIMED_OUT; a paused workflow (8) goes on. Temporal's
 * numbers: @temporalio/proto is not among the packages that users install.
 */
const ENDED: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7])
const CANCEL_REQUESTED = 3

/** What a worker's slices share: how many of them ask. */
export interface Watched {
  count: number
}

/** Who has to hear of it. */
export interface WatchedSlice {
  /** The flow has cancelled the activity: it wants its slice back. */
  cancelled(): void
  /** Its flow has ended, or another attempt has taken its place. */
  gone(): void
}

/**
 * Looks each second whether the flow still wants this activity. The answer to a heartbeat says so too, but each heartbeat is
 * an action that Temporal Cloud bills, and comes each five or forty seconds; a description of the workflow is none, and
 * no event.
 * @returns what ends the looking
 */
export function watchFlow(
  context: Pick<Context, 'client' | 'info'>,
  watched: Watched,
  slice: WatchedSlice,
): () => void {
  const state = { isOver: false }
  const later = (): NodeJS.Timeout =>
    setTimeout(look, Math.max(LOOK_EVERY_MS, watched.count * LOOK_OF_EACH_MS)).unref()
  const look = (): void => {
    void describeActivity(context).then((found) => {
      if (state.isOver) return
      if (found === 'cancelled') slice.cancelled()
      if (found === 'gone') slice.gone()
      if (found === 'wanted') timer = later()
    })
  }
  watched.count += 1
  let timer = later()
  return () => {
    if (state.isOver) return
    state.isOver = true
    watched.count -= 1
    clearTimeout(timer)
  }
}

/** Whether an attempt of an activity is still wanted, as its workflow stands at the server. */
async function describeActivity(
  context: Pick<Context, 'client' | 'info'>,
): Promise<'wanted' | 'cancelled' | 'gone'> {
  try {
    const { client, info } = context
    const { workflowExecution: execution, namespace, activityId, attempt } = info
    if (execution === undefined) return 'wanted'
    const { workflowService } = client.connection
    const { workflowExecutionInfo, pendingActivities } = await client.withDeadline(
      Date.now() + PATIENCE_MS,
      () => workflowService.describeWorkflowExecution({ namespace, execution }),
    )
    if (ENDED.has(Number(workflowExecutionInfo?.status))) return 'gone'
    const own = pendingActivities.find((one) => one.activityId === activityId)
    if ((own?.attempt ?? 0) > attempt) return 'gone'
    return Number(own?.state) === CANCEL_REQUESTED ? 'cancelled' : 'wanted'
  } catch (error) {
    // A server that can't be asked says nothing; the next look or the next heartbeat does.
    return (error as { readonly code?: unknown }).code === NOT_FOUND ? 'gone' : 'wanted'
  }
}
