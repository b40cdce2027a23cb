import type { Client } from '@temporalio/client'
import { decompileRetryPolicy } from '@temporalio/common'
import { isRecord, withoutUndefined } from '../../contract/plain-data.js'
import {
  MAX_KEYWORD,
  SEARCH_ATTRIBUTES,
  searchAttributeKey,
} from '../../contract/search-attributes.js'
import type { SyncInput } from '../../contract/sync.js'
import type { EndedSync, StartedAttributes } from './read-ended-sync.js'

const REPLAY_OF = searchAttributeKey('TokenkeeperReplayOf')

/**
 * Starts a run in the stead of one that ended, under its workflow id and with all that it was started
 * with. The server takes one of several that come at once, and none while a run is open or after one
 * has completed.
 * @throws WorkflowExecutionAlreadyStartedError
 */
export async function startReplay(
  client: Client,
  ended: EndedSync,
  from: 'checkpoint' | 'start',
  registered: readonly string[],
): Promise<string> {
  const { description, input, lineage, started, progress } = ended
  const { workflowId, runId, memo = {}, typedSearchAttributes, priority } = description
  const { checkpoint: _begun, carried: _ofItsRuns, ...rest } = input
  const replayOf = { workflowId, runId }
  const next: SyncInput = {
    ...rest,
    lineage,
    replayOf,
    checkpoint: from === 'start' ? undefined : progress?.checkpoint,
  }
  // What the run set about itself is no more true; what the system sets can't be given.
  const kept = typedSearchAttributes
    .getAll()
    .filter(
      ({ key }) =>
        !Object.hasOwn(SEARCH_ATTRIBUTES, key.name) && !/^(?:Temporal|BuildIds)/.test(key.name),
    )
  const link = `${workflowId}/${runId}`
  const linked = registered.includes(REPLAY_OF.name) && link.length <= MAX_KEYWORD
  const own = memo['tokenkeeper']
  const [staticSummary, staticDetails] = await Promise.all([
    description.staticSummary(),
    description.staticDetails(),
  ])
  const handle = await client.workflow.start(description.type, {
    workflowId,
    taskQueue: description.taskQueue,
    args: [next],
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    memo: { ...memo, tokenkeeper: isRecord(own) ? { ...own, replayOf } : { replayOf } },
    typedSearchAttributes: linked ? [...kept, { key: REPLAY_OF, value: link }] : kept,
    ...withoutUndefined({ staticSummary, staticDetails, priority, ...timing(started) }),
  })
  return handle.firstExecutionRunId
}

/** Time-outs and retry policy as the run had them. */
function timing(started: StartedAttributes) {
  const { workflowExecutionTimeout, workflowRunTimeout, workflowTaskTimeout } = started
  return {
    workflowExecutionTimeout: protoDurationMs(workflowExecutionTimeout),
    workflowRunTimeout: protoDurationMs(workflowRunTimeout),
    workflowTaskTimeout: protoDurationMs(workflowTaskTimeout),
    retry: decompileRetryPolicy(started.retryPolicy),
  }
}

type ProtoDuration = { readonly seconds?: unknown; readonly nanos?: number | null | undefined }

/** None where it is 0, which is how the server says that there is none. */
function protoDurationMs(duration: ProtoDuration | null | undefined): number | undefined {
  const { seconds = 0, nanos } = duration ?? {}
  const ms = Number(seconds) * 1000 + Math.floor((nanos ?? 0) / 1_000_000)
  return ms > 0 ? ms : undefined
}
