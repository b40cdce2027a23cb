import type { temporal } from '@temporalio/proto'
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { expect } from 'vitest'

/** One run, and the workflow that it belongs to. */
export interface Run {
  readonly workflowId: string
  readonly history: temporal.api.history.v1.IHistory
}

/** Whether a workflow task has been completed. Temporal's replayer waits for ever for the first one. */
export function hasBegun({ history }: Pick<Run, 'history'>): boolean {
  return history.events?.some((event) => event.workflowTaskCompletedEventAttributes) ?? false
}

const LONGEST_UNNOTICED_S = 30

/** Those activities of ours whose worker may die without anybody noticing it soon; of a sync that is an option. */
export function unnoticedDeaths({ history }: Pick<Run, 'history'>): readonly string[] {
  const scheduled = (history.events ?? []).map(
    (event) => event.activityTaskScheduledEventAttributes,
  )
  return scheduled.flatMap((one) => {
    const name = one?.activityType?.name ?? ''
    const noticedAfter = secondsOf(one?.heartbeatTimeout) || secondsOf(one?.startToCloseTimeout)
    const isOurs = name.startsWith('tokenkeeper.') && name !== 'tokenkeeper.sync'
    return isOurs && noticedAfter > LONGEST_UNNOTICED_S ? [name] : []
  })
}

function secondsOf(
  duration: temporal.api.history.v1.IActivityTaskScheduledEventAttributes['heartbeatTimeout'],
): number {
  return Number(duration?.seconds ?? 0)
}

/** Does every run that has begun again from its history, with the code that is given. */
export async function replayRuns(
  workflowBundle: WorkflowBundleWithSourceMap,
  runs: Iterable<Run> | AsyncIterable<Run>,
): Promise<void> {
  const begun = async function* () {
    for await (const run of runs) if (hasBegun(run)) yield run
  }
  // One worker for all: each takes a while to start.
  const replays = Worker.runReplayHistories({ workflowBundle }, begun())
  for await (const { workflowId, error } of replays) expect(error, workflowId).toBeUndefined()
}
