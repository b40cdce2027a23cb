import type { Client, WorkflowHandle } from '@temporalio/client'
import { parseConnection, type ConnectionRef } from '../contract/connection-ref.js'
import { TOKEN_QUERIES, TOKEN_SIGNALS } from '../contract/messages.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { isUndecodable } from '../contract/undecodable.js'
import type { LogLine } from './search-attribute-setup.js'

const CONCURRENCY = 4
const DEADLINE_MS = 10_000

export interface DefinitionNoticesOptions {
  readonly client: Client
  readonly taskQueue: string
  /** Of each connector's definition, by id. */
  readonly fingerprints: Promise<ReadonlyMap<string, string>>
  readonly signal: AbortSignal
  readonly log: LogLine
}

/**
 * Tells the connections whose definition differs from this worker's, so that a mended definition wakes
 * a misconfigured one. Returns how many were told. Never throws: a connection that is not told
 * learns it with its next refresh or probe.
 */
export async function sendDefinitionNotices(options: DefinitionNoticesOptions): Promise<number> {
  const { client, taskQueue, signal, log } = options
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`
  let told = 0
  let failed = 0
  try {
    const fingerprints = await options.fingerprints
    const found = client.workflow.list({ query })[Symbol.asyncIterator]()
    const tellNext = async (): Promise<void> => {
      while (!signal.aborted) {
        const next = await found.next()
        if (next.done === true) return
        const fingerprint = fingerprintFor(next.value.workflowId, fingerprints)
        if (fingerprint === undefined) continue
        const handle = client.workflow.getHandle(next.value.workflowId)
        const isTold = await tell(client, handle, fingerprint, signal).catch(() => undefined)
        if (isTold === undefined) failed += 1
        else if (isTold) told += 1
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, tellNext))
  } catch (error) {
    if (signal.aborted) return told
    const reason = error instanceof Error ? error.message : 'unknown error'
    log(`connections could not be listed to tell them of changed definitions (${reason})`)
  }
  if (failed > 0 && !signal.aborted)
    log(`${String(failed)} connections could not be told of their definition; they learn it later`)
  return told
}

function fingerprintFor(
  workflowId: string,
  fingerprints: ReadonlyMap<string, string>,
): string | undefined {
  const ref = fromTokenWorkflowId(workflowId)
  return ref === undefined ? undefined : fingerprints.get(ref.connector)
}

function fromTokenWorkflowId(workflowId: string): ConnectionRef | undefined {
  const match = /^token:([^:]+):(.+)$/.exec(workflowId)
  return match === null ? undefined : parseConnection(`${match[1] ?? ''}/${match[2] ?? ''}`)
}

async function tell(
  client: Client,
  handle: WorkflowHandle,
  fingerprint: string,
  signal: AbortSignal,
): Promise<boolean> {
  // Native connections know no abort signal, and a query that no worker answers would hang.
  return await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    const status = await handle.query<ConnectionStatus>(TOKEN_QUERIES.status)
    if (signal.aborted || (!isUndecodable(status) && status.definition === fingerprint))
      return false
    await handle.signal(TOKEN_SIGNALS.definition, { fingerprint })
    return true
  })
}
