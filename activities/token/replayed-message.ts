import { Context } from '@temporalio/activity'
import { currentRun } from './current-run.js'
import { isRolledBack, type KnownRuns } from './rolled-back.js'

/** `WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW`; by number: users do not install @temporalio/proto. */
const RESET: number = 20
const PAGE_SIZE = 200

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
  const runs: KnownRuns = carriedRunId === undefined ? {} : { carriedRunId }
  if (!(await isRolledBack(runs))) return false
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
      maximumPageSize: PAGE_SIZE,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
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
