import { Context } from '@temporalio/activity'
import { currentRun } from './current-run.js'

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
 * refresh token in it, may be old. The run that recorded the last result tells; right after the start
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
