import type { Client } from '@temporalio/client'
import { decompileRetryPolicy } from '@temporalio/common'
import { SEARCH_ATTRIBUTES, searchAttributeKey } from '../../contract/search-attributes.js'
import type { SyncInput } from '../../contract/sync.js'
import type { EndedSync, StartedAttributes } from './read-ended-sync.js'

const REPLAY_OF = searchAttributeKey('TokenkeeperReplayOf')
/** SQL visibility keeps no longer Keyword. */
const MAX_KEYWORD = 255

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
  const { description, input, lineage, started, place } = ended
  const { workflowId, runId, memo = {}, typedSearchAttributes, priority } = description
  const { checkpoint: _begun, carried: _ofItsRuns, ...rest } = input
  const replayOf = { workflowId, runId }
  const next: SyncInput = {
    ...rest,
    lineage,
    replayOf,
    ...(from === 'start' || place === undefined ? {} : { checkpoint: place.checkpoint }),
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
    memo: { ...memo, tokenkeeper: { ...(typeof own === 'object' ? own : {}), replayOf } },
    typedSearchAttributes: [...kept, ...(linked ? [{ key: REPLAY_OF, value: link }] : [])],
    ...(staticSummary === undefined ? {} : { staticSummary }),
    ...(staticDetails === undefined ? {} : { staticDetails }),
    ...(priority === undefined ? {} : { priority }),
    ...timing(started),
  })
  return handle.firstExecutionRunId
}

/** Time-outs and retry policy as the run had them. */
function timing(started: StartedAttributes) {
  const { workflowExecutionTimeout, workflowRunTimeout, workflowTaskTimeout } = started
  const retry = decompileRetryPolicy(started.retryPolicy)
  const given = {
    workflowExecutionTimeout: toMs(workflowExecutionTimeout),
    workflowRunTimeout: toMs(workflowRunTimeout),
    workflowTaskTimeout: toMs(workflowTaskTimeout),
  }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, ms]) => ms > 0)),
    ...(retry === undefined ? {} : { retry }),
  }
}

function toMs(
  duration: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined,
): number {
  return Number(duration?.seconds ?? 0) * 1000 + Math.floor((duration?.nanos ?? 0) / 1_000_000)
}
