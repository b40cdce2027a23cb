import { CancellationScope, proxyActivities } from '@temporalio/workflow'
import { createFailure } from '../../src/contract/failure.js'
import { isFailureCode } from '../../src/contract/failures.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { SyncInput } from '../../src/contract/sync.js'
import { TOKEN_QUEUE_HEARTBEAT_TIMEOUT } from '../runtime/heartbeat-timeouts.js'
import type { SyncTask } from './run-sync.js'
import type { SyncDisplay } from './sync-display.js'
import type { SyncNotices } from './sync-notices.js'

/**
 * Asks once whether the sync can be run at all, and what its keeper and its namespace have.
 * @returns whether its keeper sends few heartbeats
 * @throws ApplicationFailure where the keeper refuses
 */
export async function beginSync(
  { carried, checkpoint, incremental, transform }: SyncInput,
  { from, to, state }: SyncTask,
  taskQueue: string,
  { display, notices }: { readonly display: SyncDisplay; readonly notices: SyncNotices },
): Promise<true | undefined> {
  if (carried !== undefined) {
    notices.isOn = carried.notices === true
    display.searchAttributes = carried.searchAttributes
    return carried.economy
  }
  const activities = syncActivities(taskQueue, 'check the sync as it begins')
  const check = await activities['tokenkeeper.check-sync']({
    from,
    to,
    transform,
    checkpoint,
    incrementalId: incremental?.id,
  })
  display.searchAttributes = check.searchAttributes
  notices.isOn = check.notices === true
  display.tagStart()
  if (check.outcome === 'refused')
    throw createFailure(isFailureCode(check.code) ? check.code : 'InvalidInput', check.message)
  // A run that goes on somewhere keeps the watermark that it began with, be that none.
  if (checkpoint === undefined && check.watermark !== undefined)
    state.checkpoint = { ...state.checkpoint, since: check.watermark }
  return check.economy
}

/** What the run before was told is known; a watermark is where the first page is asked for, and its id is only looked at by the check. */
export function beginsFirst({ carried, incremental }: SyncInput): boolean {
  return carried !== undefined || incremental !== undefined
}

/**
 * Works while the keeper is asked whether the sync can be run: one activity in turn is a good part of a short
 * sync, and a slice looks at the same things before it moves anything. Where the keeper refuses, the slice is
 * cancelled. It may have moved something where another build of the keeper has begun it: that stays in the checkpoint.
 * @throws what the check throws, or else what the work throws
 */
export async function runWhileChecked(
  check: Promise<void>,
  work: () => Promise<'done' | 'long'>,
): Promise<'done' | 'long'> {
  const scope = new CancellationScope()
  const working = Promise.allSettled([scope.run(work)])
  try {
    await check
  } catch (refused) {
    scope.cancel()
    const [end] = await working
    if (end.status === 'fulfilled' && end.value === 'done') return 'done'
    throw refused
  }
  const [end] = await working
  if (end.status === 'rejected') throw end.reason
  return end.value
}

/** Activities of a keeper that nobody waits for long. */
export function syncActivities(taskQueue: string, summary: string): FlowActivities {
  return proxyActivities<FlowActivities>({
    taskQueue,
    startToCloseTimeout: '20s',
    heartbeatTimeout: TOKEN_QUEUE_HEARTBEAT_TIMEOUT,
    summary,
  })
}
