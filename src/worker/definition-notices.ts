import { setTimeout as delay } from 'node:timers/promises'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { fromTokenWorkflowId } from '../contract/connection-ref.js'
import { type DefinitionNotice, TOKEN_QUERIES, TOKEN_SIGNALS } from '../contract/messages.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { isUndecodable } from '../contract/outside-values.js'
import type { LogLine } from './search-attribute-setup.js'

const CONCURRENCY = 4
const NOTICE_DEADLINE_MS = 10_000
/** A rolling update is over by then. */
const AGAIN_AFTER_MS = 300_000

export interface DefinitionNoticesOptions {
  readonly client: Client
  readonly taskQueue: string
  /** The digest of each connector's definition, by the connector's id. */
  readonly fingerprints: Promise<ReadonlyMap<string, string>>
  /** The ids of the sealing keys of this worker. */
  readonly keyIds: readonly string[]
  /** Whether this worker has destinations of notices. */
  readonly notices: boolean
  readonly signal: AbortSignal
  readonly log: LogLine
}

/**
 * {@link sendDefinitionNotices}, and once more some minutes later: while workers are replaced, one of those before may
 * describe a connection after it was told. Never throws.
 */
export async function sendDefinitionNoticesTwice(options: DefinitionNoticesOptions): Promise<void> {
  const { signal } = options
  await sendDefinitionNotices(options)
  await delay(AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined)
  if (!signal.aborted) await sendDefinitionNotices(options)
}

/**
 * Tells the connections whose definition differs from this worker's, so that a mended definition wakes
 * a misconfigured one, and those that need a sealing key which this worker lacks or has again. Returns
 * how many were. Never throws: a connection that gets none
 * learns it with its next refresh or probe.
 */
async function sendDefinitionNotices(options: DefinitionNoticesOptions): Promise<number> {
  const { client, taskQueue, keyIds, notices, signal, log } = options
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`
  let sent = 0
  let failed = 0
  const lacking = new Map<string, number>()
  try {
    const fingerprints = await options.fingerprints
    const found = client.workflow.list({ query })[Symbol.asyncIterator]()
    const notifyNext = async (): Promise<void> => {
      while (!signal.aborted) {
        const next = await found.next()
        if (next.done === true) return
        const fingerprint = fingerprintFor(next.value.workflowId, fingerprints)
        if (fingerprint === undefined) continue
        const handle = client.workflow.getHandle(next.value.workflowId)
        const notified = await sendNotice(
          client,
          handle,
          { fingerprint, keyIds, notices },
          signal,
        ).catch(() => undefined)
        if (notified === undefined) failed += 1
        else if (notified.sent) sent += 1
        for (const id of notified?.lacks ?? []) lacking.set(id, (lacking.get(id) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, notifyNext))
  } catch (error) {
    if (signal.aborted) return sent
    const reason = error instanceof Error ? error.message : 'unknown error'
    log(`connections could not be listed to tell them of changed definitions (${reason})`)
  }
  for (const [id, count] of lacking)
    log(
      `${count} connections are sealed with key ${id}, which this worker lacks (it has ${keyIds.join(', ')}): give it that key (privateKeys), or connect them again`,
    )
  if (failed > 0 && !signal.aborted)
    log(`${failed} connections could not be told of their definition; they learn it later`)
  return sent
}

function fingerprintFor(
  workflowId: string,
  fingerprints: ReadonlyMap<string, string>,
): string | undefined {
  const ref = fromTokenWorkflowId(workflowId)
  return ref === undefined ? undefined : fingerprints.get(ref.connector)
}

async function sendNotice(
  client: Client,
  handle: WorkflowHandle,
  notice: DefinitionNotice & { readonly keyIds: readonly string[] },
  signal: AbortSignal,
): Promise<{ readonly sent: boolean; readonly lacks: readonly string[] }> {
  // Native connections know no abort signal, and a query that no worker answers would hang.
  return await client.withDeadline(Date.now() + NOTICE_DEADLINE_MS, async () => {
    const status = await handle.query<ConnectionStatus>(TOKEN_QUERIES.status)
    const { definition, keyIds = [], failure, notices } = isUndecodable(status) ? {} : status
    const lacks = keyIds.filter((id) => !notice.keyIds.includes(id))
    const isKnown = definition === notice.fingerprint && (notices ?? false) === notice.notices
    const isNews = !isKnown || lacks.length > 0 || failure?.code === 'KeyMissing'
    if (signal.aborted || !isNews) return { sent: false, lacks }
    await handle.signal(TOKEN_SIGNALS.definition, notice)
    return { sent: true, lacks }
  })
}
