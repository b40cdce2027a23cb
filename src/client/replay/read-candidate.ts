import {
  type Client,
  isGrpcServiceError,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/common'
import type { FoundRun } from './find-ended-syncs.js'
import { type EndedSync, endedWithoutResult, readEndedSync } from './read-ended-sync.js'
import type { SkippedSync } from './replay-options.js'

const SYNC_TYPE = 'syncFlow'

/**
 * The newest run of what was found where it can be replayed, else why not; undefined where it is not
 * one of those that are wanted. A run that was replayed since is judged by what it was itself. One
 * that can't be read is said to be so: nobody knows whether it is wanted, and the others are not held
 * up by it.
 */
export async function readCandidate(
  client: Client,
  found: FoundRun,
  isMeant?: (ended: EndedSync) => boolean,
): Promise<EndedSync | SkippedSync | undefined> {
  const { workflowId, runId = '' } = found
  try {
    return await readRun(client, found, isMeant)
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    if (isGrpcServiceError(cause) && !(error instanceof WorkflowNotFoundError)) throw error
    return { workflowId, runId, why: HISTORY_GONE }
  }
}

async function readRun(
  client: Client,
  { workflowId, runId }: FoundRun,
  isMeant?: (ended: EndedSync) => boolean,
): Promise<EndedSync | SkippedSync | undefined> {
  const newest = await readNewest(client, workflowId)
  if (isMeant === undefined) return newest
  if (!('why' in newest)) return isMeant(newest) ? newest : undefined
  const description = await client.workflow.getHandle(workflowId, runId).describe()
  const ended = await readEndedSync(client, description)
  return ended !== undefined && isMeant(ended) ? newest : undefined
}

/** The newest run where it is one that can be replayed; else why it is not. */
async function readNewest(client: Client, workflowId: string): Promise<EndedSync | SkippedSync> {
  let description: WorkflowExecutionDescription
  try {
    description = await client.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    return {
      workflowId,
      runId: '',
      why: 'there is no workflow of this id in the namespace: mind the id, the namespace, and how long it keeps closed runs',
    }
  }
  const { runId, type, status } = description
  const skip = (why: string): SkippedSync => ({ workflowId, runId, why })
  if (type !== SYNC_TYPE)
    return skip(`it is a ${type}, and only ${SYNC_TYPE} is replayed: start it anew, or reset it`)
  if (status.name === 'COMPLETED') return skip('it has completed: nothing is left to do')
  if (!endedWithoutResult(description)) {
    const isReplay = replayedRunOf(description) !== undefined
    return skip(
      `${isReplay ? 'it was replayed already' : 'it has not ended'}: run ${runId} is ${status.name.toLowerCase()}`,
    )
  }
  return (await readEndedSync(client, description)) ?? skip(HISTORY_GONE)
}

const HISTORY_GONE =
  'its history is gone, or holds no input of a sync: it is past the retention of the namespace, or encoded by a codec that this client lacks; start it anew'

/** The run that this one was started for. */
function replayedRunOf({ memo }: WorkflowExecutionDescription): unknown {
  const own = memo?.['tokenkeeper']
  return own instanceof Object && 'replayOf' in own ? own.replayOf : undefined
}
