import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import { parseConnection } from '../../src/contract/connection-ref.js'
import { toMilliseconds } from '../../src/contract/duration.js'
import { createFailure } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { Lease } from '../../src/contract/lease.js'
import {
  isFunctionSink,
  type SyncCheckpoint,
  type SyncInput,
  type SyncResult,
  type SyncSink,
} from '../../src/contract/sync.js'
import { KEEPER_TASK_QUEUE } from '../../src/contract/token-activities.js'
import { leaseHolder, type LeaseHolder } from '../flow/lease-holder.js'
import { runSync, type SyncEnvironment, type SyncState, type SyncTask } from './run-sync.js'

/**
 * Reads an endpoint page by page and hands every record to another: start it with the ordinary
 * Temporal client. Pages never pass through history; results and heartbeats are counters and cursors.
 */
export async function syncFlow(input: SyncInput): Promise<SyncResult> {
  const { task, from, to, taskQueue } = readInput(input)
  const activities = proxyActivities<FlowActivities>({
    taskQueue,
    startToCloseTimeout: '24h',
    heartbeatTimeout: '8s',
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
    summary: `${from.connection} ${input.from.endpoint} to ${nameOf(task.to)}`,
  })
  const environment: SyncEnvironment = {
    from,
    ...(to === undefined ? {} : { to }),
    together,
    slice: (slice) => activities['tokenkeeper.sync'](slice),
    sleep: (ms, { connection, reason }) => sleep(ms, { summary: `${connection}: ${reason}` }),
    moved: ({ checkpoint }) => setCurrentDetails(toDetails(checkpoint)),
    isLong: () => workflowInfo().continueAsNewSuggested,
  }
  const { state, lineage } = task
  const end = await keepingPlace(() => runSync(task, environment), state)
  if (end === 'done') return toResult(state, lineage)
  return await continueAsNew<typeof syncFlow>({ ...input, lineage, checkpoint: state.checkpoint })
}

/** A failure for want of a connection carries the place to go on from. */
async function keepingPlace<T>(work: () => Promise<T>, state: SyncTask['state']): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error
    const { message, type, details } = error
    throw ApplicationFailure.create({
      message,
      ...(type === undefined || type === null ? {} : { type }),
      nonRetryable: true,
      details: [...(details ?? []), state.checkpoint],
    })
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

function readInput(input: SyncInput): {
  readonly task: SyncTask
  readonly from: LeaseHolder
  readonly to?: LeaseHolder
  readonly taskQueue: string
} {
  const sink = isFunctionSink(input.to) ? undefined : input.to
  const fromRef = parseConnection(input.from.connection)
  const toRef = sink === undefined ? undefined : parseConnection(sink.connection)
  if (fromRef === undefined || (sink !== undefined && toRef === undefined))
    throw createFailure(
      'InvalidConnection',
      `from.connection and to.connection are written as 'shopify/acme' or 'erp'`,
    )
  const maxWaitMs = input.maxWait === undefined ? undefined : toMilliseconds(input.maxWait)
  if (input.maxWait !== undefined && maxWaitMs === undefined)
    throw createFailure('InvalidInput', `maxWait is no duration; write it as '2 hours'`)
  const taskQueue = input.keeperTaskQueue ?? KEEPER_TASK_QUEUE
  const { workflowId, firstExecutionRunId } = workflowInfo()
  const from = leaseHolder(fromRef, taskQueue)
  const to = toRef === undefined ? undefined : leaseHolder(toRef, taskQueue)
  const checkpoint = input.checkpoint ?? { counters: { pages: 0, read: 0, written: 0 } }
  return {
    task: {
      from: { ...input.from, connection: from.connection },
      to: to === undefined ? input.to : { ...input.to, connection: to.connection },
      lineage: input.lineage ?? `${workflowId}/${firstExecutionRunId}`,
      leases: maxWaitMs === undefined ? {} : { maxWaitMs },
      state: { checkpoint, waits: [] },
    },
    from,
    ...(to === undefined ? {} : { to }),
    taskQueue,
  }
}

function nameOf(sink: SyncSink): string {
  return isFunctionSink(sink) ? `the function ${sink.sink}` : `${sink.connection} ${sink.endpoint}`
}

function toResult({ checkpoint, waits }: SyncState, lineage: string): SyncResult {
  const { counters, setAside = [] } = checkpoint
  const { setAside: count = 0 } = counters
  return { ...counters, setAside: count, setAsideRecords: setAside, waits, lineage }
}

function toDetails(checkpoint: SyncCheckpoint): string {
  const { pages, read, written } = checkpoint.counters
  return `pages **${String(pages)}** · read **${String(read)}** · written **${String(written)}**`
}
