import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import { SYNC_QUERIES, type SyncCheckpoint, type SyncProgressReport } from '../contract/sync.js'
import { payloadDecoder } from './replay/decode-payloads.js'
import { furthestProgress } from './replay/run-progress.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** How far a sync is now. */
export interface SyncProgress extends Omit<SyncProgressReport, 'lineage'> {
  /** Absent where only its activity has reported. */
  readonly lineage?: string | undefined
  /** What is not as it should be: no worker answers for the flow. */
  readonly note?: string | undefined
}

/**
 * How far a running sync is: what its flow knows, and what its activity has reported by heartbeat since,
 * some seconds old at most. Needs no worker for the latter.
 * @throws TokenkeeperError `UnknownSync`, `SyncEnded`, `NoSync`, `NoAnswer`, `Unavailable`
 */
export type ReadSyncProgress = (workflowId: string) => Promise<SyncProgress>

const PROGRESS_TIMEOUT_MS = 5000

export function createSyncProgress(client: Client): ReadSyncProgress {
  return async (workflowId) => {
    const handle = client.workflow.getHandle(workflowId)
    const description = await handle.describe().catch((error: unknown) => {
      throw explainNoProgress(error, workflowId)
    })
    if (description.status.name !== 'RUNNING') throw ended(description)
    const [report, heartbeat] = await Promise.all([
      askFlow(client, workflowId),
      readHeartbeat(client, description),
    ])
    if (report !== undefined) return heartbeat === undefined ? report : aheadOf(report, heartbeat)
    const { taskQueue } = description
    if (heartbeat === undefined)
      throw new TokenkeeperError(
        'NoAnswer',
        `No worker answers for the sync ${workflowId}, and no activity of it is under way: start a worker on the task queue '${taskQueue}'. Its place is kept by Temporal.`,
      )
    const { counters, total, warnings } = heartbeat
    return {
      state: 'running',
      counters,
      total,
      warnings,
      atMs: Date.now(),
      note: `no worker answers for the flow itself (task queue '${taskQueue}'): this is what its activity last reported`,
    }
  }
}

/** Undefined where no worker answers. */
async function askFlow(
  client: Client,
  workflowId: string,
): Promise<SyncProgressReport | undefined> {
  try {
    return await client.withDeadline(Date.now() + PROGRESS_TIMEOUT_MS, () =>
      client.workflow.getHandle(workflowId).query<SyncProgressReport>(SYNC_QUERIES.progress),
    )
  } catch (error) {
    if (error instanceof QueryNotRegisteredError)
      throw new TokenkeeperError(
        'NoSync',
        `${workflowId} is no sync, or one that older code runs: it answers no query ${SYNC_QUERIES.progress}.`,
      )
    if (error instanceof WorkflowNotFoundError) throw explainNoProgress(error, workflowId)
    return undefined
  }
}

async function readHeartbeat(
  client: Client,
  { workflowId, raw }: WorkflowExecutionDescription,
): Promise<SyncCheckpoint | undefined> {
  const decode = payloadDecoder(client)
  const { namespace } = client.options
  for (const { activityType, activityId, heartbeatDetails } of raw.pendingActivities ?? []) {
    if (activityType?.name !== 'tokenkeeper.sync') continue
    const owner = { type: 'activity', namespace, workflowId, isLocal: false } as const
    const values = await decode(heartbeatDetails, { ...owner, activityId: activityId ?? '' })
    const progress = furthestProgress(values)
    if (progress !== undefined) return progress.checkpoint
  }
  return undefined
}

/** The activity is ahead of its flow; the rate counts what was moved since its last report to the flow. */
function aheadOf(report: SyncProgressReport, heartbeat: SyncCheckpoint): SyncProgress {
  if (heartbeat.counters.read <= report.counters.read) return report
  const { recordsPerSecond } = report
  const { counters, total = report.total } = heartbeat
  const secondsLeft =
    total === undefined || recordsPerSecond === undefined || recordsPerSecond <= 0
      ? undefined
      : Math.ceil(Math.max(0, total - counters.read) / recordsPerSecond)
  return {
    ...report,
    counters,
    total,
    warnings: heartbeat.warnings ?? report.warnings,
    secondsLeft,
  }
}

function ended({ workflowId, status }: WorkflowExecutionDescription): TokenkeeperError {
  const how = status.name.toLowerCase().replaceAll('_', ' ')
  const next =
    status.name === 'COMPLETED'
      ? 'its result says what was moved'
      : `npx tokenkeeper replay ${workflowId} goes on at its place`
  return new TokenkeeperError('SyncEnded', `The sync ${workflowId} has ended (${how}): ${next}.`)
}

function explainNoProgress(error: unknown, workflowId: string): TokenkeeperError {
  if (error instanceof WorkflowNotFoundError)
    return new TokenkeeperError(
      'UnknownSync',
      `There is no workflow ${workflowId} in this namespace: it was never started, or its history is gone.`,
    )
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const reason = isGrpcServiceError(cause) ? cause.details : 'it gave no answer'
  return new TokenkeeperError('Unavailable', `Temporal did not tell of ${workflowId}: ${reason}`)
}
