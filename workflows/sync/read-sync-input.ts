import { workflowInfo } from '@temporalio/workflow'
import { parseConnection } from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import { isFunctionSink, type SyncInput } from '../../src/contract/sync.js'
import { KEEPER_TASK_QUEUE } from '../../src/contract/task-queues.js'
import { invalidInput, readCarried, readInput } from '../runtime/read-input.js'
import type { LeaseHolder } from '../flow/lease-holder.js'
import { thisFlow } from '../flow/this-flow.js'
import { toLeaseOptions } from '../flow/lease-options.js'
import { wrongFieldOfSync } from './check-sync-input.js'
import type { SyncTask } from './run-sync.js'

/** How often a slice returns its checkpoint, so that the flow can show it. */
const REPORT_EVERY_MS = 60_000
const EXPECTED_SYNC =
  '{"from":{"connection":"shopify/acme","endpoint":"orders.list"},"to":{"connection":"erp","endpoint":"orders.upsert"}}'

interface ReadSyncInput {
  readonly task: SyncTask
  readonly from: LeaseHolder
  /** None where the sink is a function. */
  readonly to?: LeaseHolder | undefined
  readonly taskQueue: string
}

/** @throws ApplicationFailure `InvalidConnection`, `InvalidInput` */
export function readSyncInput(given: SyncInput): ReadSyncInput {
  const input = readInput(given, EXPECTED_SYNC)
  const wrong = wrongFieldOfSync(input)
  if (wrong !== undefined)
    throw invalidInput(`${wrong} is missing or not as it must be`, EXPECTED_SYNC)
  readCarried(input.carried, EXPECTED_SYNC)
  const sink = isFunctionSink(input.to) ? undefined : input.to
  const fromRef = parseConnection(input.from.connection)
  const toRef = sink === undefined ? undefined : parseConnection(sink.connection)
  if (fromRef === undefined || (sink !== undefined && toRef === undefined))
    throw createFailure(
      'InvalidConnection',
      `from.connection and to.connection are written as 'shopify/acme' or 'erp'`,
    )
  const leases = toLeaseOptions(input)
  const taskQueue = input.keeperTaskQueue ?? KEEPER_TASK_QUEUE
  const { workflowId, firstExecutionRunId } = workflowInfo()
  const from = thisFlow().leaseHolder(fromRef, taskQueue)
  const to = toRef === undefined ? undefined : thisFlow().leaseHolder(toRef, taskQueue)
  const { transform, onBadRecord, incremental } = input
  return {
    task: {
      from: { ...input.from, connection: from.connection },
      to: to === undefined ? input.to : { ...input.to, connection: to.connection },
      lineage: input.lineage ?? `${workflowId}/${firstExecutionRunId}`,
      leases,
      incremental,
      slice: {
        transform,
        onBadRecord,
        watermarkField: incremental?.field,
        reportEveryMs: REPORT_EVERY_MS,
      },
      state: {
        checkpoint: input.checkpoint ?? { counters: { pages: 0, read: 0, written: 0 } },
        waits: input.carried?.waits ?? [],
      },
    },
    from,
    to,
    taskQueue,
  }
}
