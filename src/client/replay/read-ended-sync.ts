import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import type { WorkflowSerializationContext } from '@temporalio/common'
import {
  type FailureCategory,
  type FailureCode,
  FAILURES,
  isFailureCode,
} from '../../contract/failures.js'
import { isRecord } from '../../contract/plain-data.js'
import type { SyncInput } from '../../contract/sync.js'
import { payloadDecoder } from './decode-payloads.js'
import { furthestProgress, type RunProgress } from './run-progress.js'
import { type HistoryEvent, leftValues } from './left-values.js'

export type StartedAttributes = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>

/** A sync that ended without being done, with all that a run in its stead needs. */
export interface EndedSync {
  readonly description: WorkflowExecutionDescription
  readonly input: SyncInput
  readonly lineage: string
  readonly started: StartedAttributes
  /** Absent: nothing was accepted by the sink. */
  readonly progress?: RunProgress | undefined
  /** Absent where it failed with something that is not of tokenkeeper's. */
  readonly category?: FailureCategory | undefined
}

/** The ends after which a sync can be replayed; the type of `describe().status.name`. */
const CATEGORY_OF_STATUS: Readonly<Record<string, FailureCategory | 'failed'>> = {
  FAILED: 'failed',
  TIMED_OUT: 'timeout',
  TERMINATED: 'terminated',
  CANCELLED: 'cancelled',
}

export function endedWithoutResult({ status }: WorkflowExecutionDescription): boolean {
  return Object.hasOwn(CATEGORY_OF_STATUS, status.name)
}

/** Undefined where the run's beginning can't be read: its history is gone, or its input is no sync's. */
export async function readEndedSync(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<EndedSync | undefined> {
  const { workflowId, runId } = description
  const { namespace } = client.options
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory()
  const started = events?.[0]?.workflowExecutionStartedEventAttributes
  if (started === undefined || started === null || events === null) return undefined
  const decode = payloadDecoder(client)
  const owner: WorkflowSerializationContext = { type: 'workflow', namespace, workflowId }
  const [input] = await decode(started.input, owner)
  if (!isSyncInput(input)) return undefined
  const { pendingActivities } = description.raw
  const left = await leftValues({ owner, events, pending: pendingActivities ?? [] }, decode)
  const progress = furthestProgress([input.checkpoint, ...left])
  const { code, timedOut } = failureOf(events.at(-1))
  const byStatus = CATEGORY_OF_STATUS[description.status.name]
  const category =
    byStatus === 'failed'
      ? code === undefined
        ? timedOut
          ? 'timeout'
          : undefined
        : FAILURES[code].category
      : byStatus
  return {
    description,
    input,
    lineage: input.lineage ?? `${workflowId}/${started.firstExecutionRunId ?? runId}`,
    started,
    progress: progress && {
      ...progress,
      unknownWrite: progress.unknownWrite || code === 'AmbiguousWrite',
    },
    category,
  }
}

/** What stands in the closing event of a run that failed. */
function failureOf(closing: HistoryEvent | undefined): {
  readonly code?: FailureCode | undefined
  readonly timedOut: boolean
} {
  const { failure } = closing?.workflowExecutionFailedEventAttributes ?? {}
  let timedOut = false
  for (let link = failure; link !== null && link !== undefined; link = link.cause) {
    const type = link.applicationFailureInfo?.type
    if (isFailureCode(type)) return { code: type, timedOut }
    timedOut ||= link.timeoutFailureInfo !== null && link.timeoutFailureInfo !== undefined
  }
  return { timedOut }
}

/** As far as replay reads it: whoever may start workflows may have given anything. */
function isSyncInput(value: unknown): value is SyncInput {
  if (!isRecord(value)) return false
  const { from, to, lineage, keeperTaskQueue, incremental = {} } = value
  if (!isRecord(from) || !isRecord(to) || !isRecord(incremental)) return false
  const texts = [from['connection'], from['endpoint']]
  if ('sink' in to) texts.push(to['sink'])
  else texts.push(to['connection'], to['endpoint'])
  const others = [lineage, keeperTaskQueue].filter((other) => other !== undefined)
  return [...texts, ...others].every((text) => typeof text === 'string')
}
