import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import { SYNC_QUERIES, type SyncCheckpoint, type SyncProgressReport } from '../contract/sync.js'
import { payloadDecoder } from './replay/decode-payloads.js'
import { furthestPlace } from './replay/furthest-place.js'
import { TokenkeeperError } from './tokenkeeper-error.js'

/** How far a sync is now. */
export interface SyncProgress extends Omit<SyncProgressReport, 'lineage'> {
  /** Absent where only its activity told. */
  readonly lineage?: string
  /** What is not as it should be: no worker answers for the flow. */
  readonly note?: string
}

/**
 * How far a running sync is: what its flow knows, and what its activity has told by heartbeat since,
 * some seconds old at most. Needs no worker for the latter.
 * @throws TokenkeeperError `UnknownSync`, `SyncEnded`, `NoSync`, `NoAnswer`, `Unavailable`
 */
export type ReadSyncProgress = (workflowId: string) => Promise<SyncProgress>

const QUERY_TIMEOUT_MS = 5000

export function createSyncProgress(client: Client): ReadSyncProgress {
  return async (workflowId) => {
    const handle = client.workflow.getHandle(workflowId)
    const description = await handle.describe().catch((error: unknown) => {
      throw explain(error, workflowId)
    })
    if (description.status.name !== 'RUNNING') throw ended(description)
    const [told, heard] = await Promise.all([
      askFlow(client, workflowId),
      readHeartbeat(client, description),
    ])
    if (told !== undefined) return heard === undefined ? told : merge(told, heard)
    const { taskQueue } = description
    if (heard === undefined)
      throw new TokenkeeperError(
        'NoAnswer',
        `No worker answers for the sync ${workflowId}, and no activity of it is under way: start a worker on the task queue '${taskQueue}'. Its place is kept by Temporal.`,
      )
    return {
      state: 'running',
      ...numbers(heard),
      atMs: Date.now(),
      note: `no worker answers for the flow itself (task queue '${taskQueue}'): this is what its activity last told`,
    }
  }
}

/** Undefined where no worker answers. */
async function askFlow(
  client: Client,
  workflowId: string,
): Promise<SyncProgressReport | undefined> {
  try {
    return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      client.workflow.getHandle(workflowId).query<SyncProgressReport>(SYNC_QUERIES.progress),
    )
  } catch (error) {
    if (error instanceof QueryNotRegisteredError)
      throw new TokenkeeperError(
        'NoSync',
        `${workflowId} is no sync, or one that older code runs: it answers no query ${SYNC_QUERIES.progress}.`,
      )
    if (error instanceof WorkflowNotFoundError) throw explain(error, workflowId)
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
    const place = furthestPlace(values)
    if (place !== undefined) return place.checkpoint
  }
  return undefined
}

/** The activity is ahead of its flow; the rate is over what it moved since the flow last heard of it. */
function merge(told: SyncProgressReport, heard: SyncCheckpoint): SyncProgress {
  if (heard.counters.read <= told.counters.read) return told
  const { recordsPerSecond } = told
  const { counters, total = told.total } = heard
  const secondsLeft =
    total === undefined || recordsPerSecond === undefined || recordsPerSecond <= 0
      ? undefined
      : Math.ceil(Math.max(0, total - counters.read) / recordsPerSecond)
  const { secondsLeft: _older, ...rest } = told
  return {
    ...rest,
    ...numbers({ ...heard, ...(total === undefined ? {} : { total }) }),
    ...(secondsLeft === undefined ? {} : { secondsLeft }),
  }
}

function numbers({
  counters,
  total,
  warnings,
}: SyncCheckpoint): Pick<SyncProgressReport, 'counters' | 'total' | 'warnings'> {
  return {
    counters,
    ...(total === undefined ? {} : { total }),
    ...(warnings === undefined ? {} : { warnings }),
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

function explain(error: unknown, workflowId: string): TokenkeeperError {
  if (error instanceof WorkflowNotFoundError)
    return new TokenkeeperError(
      'UnknownSync',
      `There is no workflow ${workflowId} in this namespace: it was never started, or its history is gone.`,
    )
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const reason = isGrpcServiceError(cause) ? cause.details : 'it gave no answer'
  return new TokenkeeperError('Unavailable', `Temporal did not tell of ${workflowId}: ${reason}`)
}
