import {
  ActivityCancellationType,
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow'
import { failureCode } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { toSummary } from '../../src/contract/foreign-text.js'
import type { Lease } from '../../src/contract/lease.js'
import { syncTexts } from '../../src/contract/static-texts.js'
import type { SyncInput, SyncResult } from '../../src/contract/sync.js'
import {
  SLICE_HEARTBEAT_TIMEOUTS,
  type SyncSliceInput,
  type SyncSliceResult,
} from '../../src/contract/sync-slice.js'
import { syncQueueOf } from '../../src/contract/task-queues.js'
import { higherWatermark } from '../../src/contract/watermark.js'
import { followDeployments } from '../runtime/long-lived.js'
import { turnOf } from '../runtime/priorities.js'
import {
  beginSync,
  beginsFirst,
  type Check,
  sliceWhileChecked,
  syncActivities,
} from './begin-sync.js'
import { pausableLeases, pausableSleep, pausableSlice, PauseGate } from './pause-gate.js'
import { readSyncInput } from './read-sync-input.js'
import { runSync, type SyncEnvironment, type SyncTask } from './run-sync.js'
import { SyncDisplay } from './sync-display.js'
import { tellSyncEnd } from './sync-end.js'
import { readTimeout, toSyncFailure } from './sync-failure.js'
import { SyncNotices } from './sync-notices.js'

const REFUSALS_WITHOUT_PROGRESS = 5

/**
 * Reads an endpoint page by page and hands every record to another: start it with the ordinary
 * Temporal client. Pages never pass through history; results and heartbeats are counters and cursors.
 * A failure carries the newest checkpoint as its last detail.
 */
export async function syncFlow(input: SyncInput): Promise<SyncResult> {
  const { task, from, to, taskQueue } = readSyncInput(input)
  const { state, lineage } = task
  const notices = new SyncNotices(task, taskQueue, input.replayOf)
  const display = new SyncDisplay(task, notices, input.replayOf)
  let { pausedSinceMs } = input.carried ?? {}
  if (pausedSinceMs !== undefined) display.paused(pausedSinceMs)
  const gate = new PauseGate(pausedSinceMs !== undefined, {
    onPause: () => {
      pausedSinceMs = Date.now()
      display.paused(pausedSinceMs)
    },
    onResume: () => {
      pausedSinceMs = undefined
      display.resumed()
    },
  })
  let economy = input.carried?.economy
  let pending: Check | undefined
  const move = pausableSlice(async (slice) => {
    const result = await runSlice(task, taskQueue, economy, slice)
    // The keeper of the last slice has the say: an operator may turn `economy` on while a sync runs.
    economy = result.economy
    return result
  }, gate)
  const environment: SyncEnvironment = {
    from: pausableLeases(from, gate),
    to: to === undefined ? undefined : pausableLeases(to, gate),
    together,
    slice: async (slice) => {
      const check = pending
      pending = undefined
      return check === undefined
        ? await move(slice)
        : await sliceWhileChecked(check, task, () => move(slice))
    },
    sleep: (ms, pause) =>
      display.during(pause, ms, () =>
        pausableSleep(ms, toSummary(`${pause.connection}: ${pause.reason}`), gate),
      ),
    moved: (now) => display.moved(now),
    maxRefusals: REFUSALS_WITHOUT_PROGRESS,
    isLong: () => workflowInfo().continueAsNewSuggested,
  }
  try {
    const scope = new CancellationScope()
    const answer = scope
      .run(() => beginSync(input, task, taskQueue, { display, notices }))
      .then((told) => {
        economy = told
      })
    if (beginsFirst(input)) await answer
    else pending = { scope, answer }
    const end = await runSync(task, environment)
    if (end === 'done') {
      const result = await finish(task, taskQueue, input)
      tellSyncEnd(task, { outcome: 'done' })
      await notices.ended({ outcome: 'done' })
      return result
    }
  } catch (error) {
    // A worker that died under a slice that was being cancelled: its last heartbeat is in the history.
    const isCutOff =
      CancellationScope.current().consideredCancelled && readTimeout(error) !== undefined
    if (isCancellation(error) || isCutOff) {
      tellSyncEnd(task, { outcome: 'cancelled' })
      throw isCutOff ? new CancelledFailure('Cancelled while a slice was under way') : error
    }
    const failure = toSyncFailure(error, state.checkpoint)
    const code = failureCode(failure)
    if (code !== undefined) display.tagFailure(code)
    // Anything else is a bug: it fails the workflow task, and the sync goes on when that is mended.
    if (failure instanceof TemporalFailure) {
      const ending = { outcome: 'failed', code, message: failure.message } as const
      tellSyncEnd(task, ending)
      await notices.ended(ending)
    }
    throw failure
  }
  return await continueAsNew<typeof syncFlow>({
    ...input,
    lineage,
    checkpoint: state.checkpoint,
    carried: {
      waits: state.waits,
      pausedSinceMs,
      searchAttributes: display.searchAttributes,
      notices: notices.isOn ? true : undefined,
      economy,
    },
  })
}

// It may park for weeks: it must not wait for a build that is gone.
followDeployments(syncFlow)

async function runSlice(
  task: SyncTask,
  taskQueue: string,
  economy: true | undefined,
  slice: SyncSliceInput,
): Promise<SyncSliceResult> {
  const activities = proxyActivities<Pick<FlowActivities, 'tokenkeeper.sync'>>({
    taskQueue: syncQueueOf(taskQueue),
    priority: turnOf('sync', task.from.connection),
    // The SDK's documented default is not what it does: without this the position of the slice is lost.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: '24h',
    heartbeatTimeout: SLICE_HEARTBEAT_TIMEOUTS[economy === true ? 'economyMs' : 'defaultMs'],
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
    summary: syncTexts(task).staticSummary,
  })
  return await activities['tokenkeeper.sync'](slice)
}

/** The sink has accepted everything: the next run of the incremental id may begin behind it. */
async function finish(
  { state, lineage }: SyncTask,
  taskQueue: string,
  { incremental, replayOf }: SyncInput,
): Promise<SyncResult> {
  const { counters, since, setAside = [], watermark: highest, warnings } = state.checkpoint
  const watermark = higherWatermark(since, highest)
  if (incremental !== undefined && watermark !== undefined && watermark !== since) {
    const move = { incrementalId: incremental.id, watermark }
    const summary = toSummary(`move the watermark of ${incremental.id}`)
    await CancellationScope.nonCancellable(() =>
      syncActivities(taskQueue, summary)['tokenkeeper.move-watermark'](move),
    )
  }
  return {
    ...counters,
    setAside: counters.setAside ?? 0,
    setAsideRecords: setAside,
    waits: state.waits,
    watermark,
    warnings,
    replayOf,
    lineage,
  }
}

async function together(ask: () => readonly Promise<Lease>[]): Promise<readonly Lease[]> {
  const scope = new CancellationScope()
  return await scope.run(async () => {
    const asked = ask()
    try {
      return await Promise.all(asked)
    } catch (error) {
      // The other one must not be waited for any more, nor leave a waiter behind.
      scope.cancel()
      await Promise.allSettled(asked)
      throw error
    }
  })
}
