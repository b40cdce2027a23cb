import { workflowInfo } from '@temporalio/workflow'
import { parseConnection } from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import { isFunctionSink, type SyncInput } from '../../src/contract/sync.js'
import { isKeeperTaskQueue, KEEPER_TASK_QUEUE } from '../../src/contract/task-queues.js'
import { isIncrementalId } from '../../src/contract/watermark-messages.js'
import { isDurationMs, isPlainText, isTemporalId } from '../../src/contract/outside-values.js'
import { isRecord } from '../../src/contract/plain-data.js'
import { isWatermark } from '../../src/contract/watermark.js'
import { invalidInput, readCarried, readInput } from '../runtime/read-input.js'
import type { LeaseHolder } from '../flow/lease-holder.js'
import { thisFlow } from '../flow/this-flow.js'
import { toLeaseOptions } from '../flow/lease-options.js'
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

const MAX_NAME_BYTES = 200
const MAX_PATH = 1000
const LONGEST_CURSOR = 256 * 1024
/** What goes through history at each slice; a page's input is a few parameters. */
const MAX_INPUT_BYTES = 256 * 1024

type IsValid = (value: unknown) => boolean
type Shape = Readonly<Record<string, IsValid>>

const text =
  (max: number): IsValid =>
  (value) =>
    isPlainText(value, max)
const count: IsValid = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const optional =
  (check: IsValid): IsValid =>
  (value) =>
    value === undefined || value === null || check(value)
const oneOf =
  (...values: readonly unknown[]): IsValid =>
  (value) =>
    values.includes(value)
const recordOf =
  (shape: Shape): IsValid =>
  (value) =>
    isRecord(value) && Object.entries(shape).every(([name, check]) => check(value[name]))
const parameters: IsValid = (value) =>
  isRecord(value) && JSON.stringify(value).length <= MAX_INPUT_BYTES

const batchSize = optional((value) => count(value) && value !== 0)
const END: Shape = {
  connection: text(MAX_NAME_BYTES * 2),
  endpoint: text(MAX_NAME_BYTES),
  input: optional(parameters),
}
const SINK: IsValid = (value) =>
  isRecord(value) && 'sink' in value
    ? recordOf({ sink: text(MAX_NAME_BYTES), batchSize })(value)
    : recordOf({ ...END, batchSize })(value)
const RUN: Shape = { workflowId: (value) => isTemporalId(value), runId: text(MAX_NAME_BYTES) }
const CHECKPOINT_COUNTERS: Shape = {
  pages: count,
  read: count,
  written: count,
  setAside: optional(count),
}
const CHECKPOINT: Shape = {
  cursor: optional((value) => typeof value === 'string' && value.length <= LONGEST_CURSOR),
  counters: recordOf(CHECKPOINT_COUNTERS),
  setAside: optional(Array.isArray),
  watermark: optional(isWatermark),
  since: optional(isWatermark),
  total: optional(count),
  definition: optional(text(MAX_NAME_BYTES)),
  cycleGuard: optional((value) => typeof value === 'string'),
}
const INCREMENTAL: Shape = {
  id: isIncrementalId,
  field: text(MAX_PATH),
  param: text(MAX_NAME_BYTES),
}
/** A number is checked here; what a text means is said where it is read. */
const duration: IsValid = (value) =>
  typeof value === 'number' ? isDurationMs(value) : typeof value === 'string'

const SYNC: Shape = {
  from: recordOf(END),
  to: SINK,
  transform: optional(text(MAX_NAME_BYTES)),
  onBadRecord: optional(oneOf('stop', 'set-aside')),
  incremental: optional(recordOf(INCREMENTAL)),
  lineage: optional(text(MAX_PATH * 2)),
  maxWait: optional(duration),
  askAgain: optional(duration),
  checkpoint: optional(recordOf(CHECKPOINT)),
  replayOf: optional(recordOf(RUN)),
  keeperTaskQueue: optional(isKeeperTaskQueue),
}

function wrongField(shape: Shape, given: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(shape).find((name) => shape[name]?.(given[name]) === false)
}

/** The first field of a sync's argument that can't be, or nothing. */
function wrongFieldOfSync(input: object): string | undefined {
  return wrongField(SYNC, input as Readonly<Record<string, unknown>>)
}

const SUBJECT: Shape = {
  from: recordOf(END),
  to: SINK,
  transform: optional(text(MAX_NAME_BYTES)),
  checkpoint: optional(recordOf(CHECKPOINT)),
  incremental: optional(recordOf(INCREMENTAL)),
}
const isFlag = optional(oneOf(true, false))

/** The same for the argument of the check before a replay; each of its syncs is looked at alone. */
export function wrongFieldOfReplay(input: object): string | undefined {
  const { syncs, keeperTaskQueue, firstPage } = input as Readonly<Record<string, unknown>>
  if (!isKeeperTaskQueue(keeperTaskQueue)) return 'keeperTaskQueue'
  if (!isFlag(firstPage)) return 'firstPage'
  return Array.isArray(syncs) ? undefined : 'syncs'
}

/** The same for one of the syncs that are checked. */
export function wrongFieldOfSubject(subject: unknown): string | undefined {
  if (!isRecord(subject)) return 'the whole of it'
  return wrongField(SUBJECT, subject)
}
