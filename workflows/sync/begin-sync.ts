import { CancellationScope, isCancellation, proxyActivities, sleep } from '@temporalio/workflow'
import { createFailure, failureCode } from '../../src/contract/failure.js'
import { isFailureCode } from '../../src/contract/failures.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { SyncCheckpoint, SyncInput } from '../../src/contract/sync.js'
import type { SyncSliceResult } from '../../src/contract/sync-slice.js'
import { TOKEN_QUEUE_HEARTBEAT_TIMEOUT } from '../runtime/heartbeat-timeouts.js'
import { afterTimeout } from './pause-gate.js'
import type { SyncTask } from './run-sync.js'
import type { SyncDisplay } from './sync-display.js'
import { checkpointOf, readTimeout, toSyncFailure } from './sync-failure.js'
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

/**
 * Whether the check has to be over before the first slice. A run that goes on was told by the run before. An incremental
 * sync reads its first page from the watermark that the check finds.
 */
export function beginsFirst({ carried, incremental }: SyncInput): boolean {
  return carried !== undefined || incremental !== undefined
}

/** A sync that has ended waits this long for its check: a keeper that is killed twice is replaced by then. */
const PATIENCE = '20s'

/** What the keeper is asked as a sync begins; `scope` ends the asking. */
export interface Check {
  readonly scope: CancellationScope
  readonly answer: Promise<void>
}

/**
 * Runs the first slice while the keeper is asked whether the sync can be run: one activity in turn is a good part of a
 * short sync, and a slice looks at the same things before it moves anything. Nothing else is done before the answer.
 * Where the keeper refuses, the slice is cancelled. It may have moved something where another build of the keeper has
 * begun it: that stays in the checkpoint of `task`.
 * @throws what the check throws, or else what the slice throws
 */
export async function sliceWhileChecked(
  check: Check,
  task: SyncTask,
  slice: () => Promise<SyncSliceResult>,
): Promise<SyncSliceResult> {
  const scope = new CancellationScope()
  const working = Promise.allSettled([scope.run(slice)])
  try {
    await answered(check, working)
  } catch (refused) {
    scope.cancel()
    const [end] = await working
    return afterRefusal(refused, end, task)
  }
  const [end] = await working
  if (end.status === 'rejected') throw end.reason
  return end.value
}

/** A sync that has ended is not held back for ever by a keeper that can't be asked. */
async function answered(
  { scope, answer }: Check,
  working: Promise<[PromiseSettledResult<SyncSliceResult>]>,
): Promise<void> {
  const isAnswered = answer.then((): 'answered' => 'answered')
  const first = await Promise.race([isAnswered, working])
  if (first === 'answered') return
  const [end] = first
  const isOver = end.status === 'rejected' || end.value.outcome === 'done'
  if (!isOver) {
    await answer
    return
  }
  const patience = new CancellationScope()
  const waited = patience.run(() => sleep(PATIENCE, { summary: 'wait for the check of the sync' }))
  try {
    const next = await Promise.race([isAnswered, waited.catch(() => undefined)])
    if (next !== 'answered') scope.cancel()
  } finally {
    patience.cancel()
  }
}

/** What a slice has come to whose sync is refused, or cancelled while it was being checked. */
function afterRefusal(
  refused: unknown,
  end: PromiseSettledResult<SyncSliceResult>,
  { to, state }: SyncTask,
): SyncSliceResult {
  const keep = (checkpoint: SyncCheckpoint): void => {
    state.checkpoint = { since: state.checkpoint.since, ...checkpoint }
  }
  if (end.status === 'fulfilled') {
    if (end.value.outcome === 'done') return end.value
    keep(end.value.checkpoint)
    throw refused
  }
  const reason: unknown = end.reason
  // The flow was cancelled: the slice says what became of a write that was under way.
  if (isCancellation(refused)) throw reason
  if (isCancellation(reason)) throw refused
  const timedOut = readTimeout(reason)
  const interrupted = timedOut && afterTimeout(timedOut, { to, checkpoint: state.checkpoint })
  if (interrupted?.outcome === 'done') return interrupted
  const failure = toSyncFailure(reason, state.checkpoint)
  // Nobody knows whether it was applied: that is to be looked at first.
  if (failureCode(failure) === 'AmbiguousWrite') throw failure
  keep(interrupted?.checkpoint ?? checkpointOf(failure) ?? state.checkpoint)
  throw refused
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
