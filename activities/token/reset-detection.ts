import { Context } from '@temporalio/activity'

/** The workflow and run that scheduled this activity. */
export function currentRun(): { readonly workflowId: string; readonly runId: string } {
  const run = Context.current().info.workflowExecution
  if (run === undefined) throw new TypeError('the activities of a token workflow need a workflow')
  return run
}

export function currentRunId(): string {
  return currentRun().runId
}

/** What a token workflow remembers of where its last result was recorded. */
export interface KnownRuns {
  /** The run that recorded the last result; absent right after the start of a run. */
  readonly knownRunId?: string | undefined
  /** The same at the end of the run before; absent where there was none. */
  readonly carriedRunId?: string | undefined
}

/** More runs than this without a single token request are not looked through. */
const MAX_RUNS = 20

/**
 * Whether this run, or one before it that recorded no result, came from a reset: its memory, and the
 * refresh token in it, may be old. The run that recorded the last result shows it; right after the start
 * of a run the first events of the chain do, which a reset copies from the original run.
 */
export async function isRolledBack({ knownRunId, carriedRunId }: KnownRuns): Promise<boolean> {
  const { runId: ownId } = currentRun()
  if (knownRunId !== undefined) return knownRunId !== ownId
  let runId = ownId
  for (let runs = 0; runs < MAX_RUNS; runs += 1) {
    const start = await startOf(runId).catch((error: unknown) => {
      if (runId === ownId) throw error
      // A run before this one may be past its retention.
      return undefined
    })
    if (start === undefined) return false
    if (start.originalExecutionRunId !== runId) return true
    const before = start.continuedExecutionRunId ?? ''
    if (before === '' || before === carriedRunId) return false
    runId = before
  }
  return false
}

/** Both are copied by a reset, and neither is by continue-as-new. */
async function startOf(runId: string) {
  const { client, info } = Context.current()
  const { workflowId } = currentRun()
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: info.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  })
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes ?? undefined
}

/** `WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW`; by number: users do not install @temporalio/proto. */
const RESET: number = 20
const EVENTS_PER_PAGE = 200

/**
 * Whether a message of an operator may have been received before this run was reset: a reset copies
 * the messages before its point and sends those behind it again, so that a credential that was used up
 * long ago would be tried once more. Only what came after the first workflow task of the reset run is
 * surely new.
 * @param receivedAt length of this run's history when it was received; undefined: by a run before
 */
export async function isReplayedMessage(
  receivedAt: number | undefined,
  carriedRunId: string | undefined,
): Promise<boolean> {
  if (!(await isRolledBack({ carriedRunId }))) return false
  if (receivedAt === undefined) return true
  const firstTask = await firstTaskAfterReset()
  return firstTask === undefined || receivedAt < firstTask
}

/** The number of the event that completes the first workflow task after the last reset. */
async function firstTaskAfterReset(): Promise<number | undefined> {
  const { client, info } = Context.current()
  let nextPageToken: Uint8Array | undefined
  let earliest: number | undefined
  for (;;) {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: info.namespace,
      execution: currentRun(),
      maximumPageSize: EVENTS_PER_PAGE,
      nextPageToken: nextPageToken ?? null,
    })
    for (const event of page.history?.events ?? []) {
      const cause: number | null | undefined = event.workflowTaskFailedEventAttributes?.cause
      if (cause === RESET) return earliest
      if (event.workflowTaskCompletedEventAttributes) earliest = Number(event.eventId)
    }
    // A run that follows a reset one: all of its messages are its own.
    if (page.nextPageToken.length === 0) return 0
    nextPageToken = page.nextPageToken
  }
}
