import { setTimeout as delay } from 'node:timers/promises'
import type { Client, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client'
import { fromTokenWorkflowId } from '../contract/connection-ref.js'
import { type ConnectionSetup, readSetupValues } from '../contract/connection-setup.js'
import { type DefinitionNotice, TOKEN_QUERIES, TOKEN_SIGNALS } from '../contract/messages.js'
import { searchAttributeKey } from '../contract/search-attributes.js'
import type { ConnectionStatus, TokenStatus } from '../contract/token-status.js'
import { isUndecodable } from '../contract/outside-values.js'
import type { LogLine } from './log-line.js'

const CONCURRENCY = 4
const NOTICE_DEADLINE_MS = 10_000
/** A rolling update is over by then. */
const AGAIN_AFTER_MS = 300_000
const STATUS_KEY = searchAttributeKey('TokenkeeperStatus')
const SETUP_KEY = searchAttributeKey('TokenkeeperSetup')
/** In any other state a connection may wait for a sealing key, which only its status tells. */
const WAITS_FOR_NO_KEY: readonly string[] = ['active', 'pending', 'revoked'] satisfies TokenStatus[]

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
 * a misconfigured one, and those that need a sealing key which this worker lacks or has again. Never throws: a
 * connection that is not told learns it with its next refresh or probe.
 */
export async function sendDefinitionNotices(options: DefinitionNoticesOptions): Promise<void> {
  const { client, taskQueue, keyIds, notices, signal, log } = options
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`
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
        const notice = { fingerprint, keyIds, notices }
        const lacks = await sendNotice(client, next.value, notice, signal).catch(() => undefined)
        if (lacks === undefined) failed += 1
        for (const id of lacks ?? []) lacking.set(id, (lacking.get(id) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, notifyNext))
  } catch (error) {
    if (signal.aborted) return
    const reason = error instanceof Error ? error.message : 'unknown error'
    log(
      'definitions_untold',
      `connections could not be listed to tell them of changed definitions (${reason})`,
      {},
    )
  }
  for (const [id, count] of lacking)
    log(
      'sealing_key_missing',
      `${count} connections are sealed with key ${id}, which this worker lacks (it has ${keyIds.join(', ')}): give it that key (privateKeys), or connect them again`,
      { keyId: id, connections: count },
    )
  if (failed > 0 && !signal.aborted)
    log(
      'definitions_untold',
      `${failed} connections could not be told of their definition; they learn it later`,
      {},
    )
}

function fingerprintFor(
  workflowId: string,
  fingerprints: ReadonlyMap<string, string>,
): string | undefined {
  const ref = fromTokenWorkflowId(workflowId)
  return ref === undefined ? undefined : fingerprints.get(ref.connector)
}

interface WorkerNotice extends DefinitionNotice {
  readonly keyIds: readonly string[]
  readonly notices: boolean
}

/** Returns the sealing keys that the connection needs and this worker has not. */
async function sendNotice(
  client: Client,
  connection: WorkflowExecutionInfo,
  notice: WorkerNotice,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const handle = client.workflow.getHandle(connection.workflowId)
  // Native connections know no abort signal, and a query that no worker answers would hang.
  return await client.withDeadline(Date.now() + NOTICE_DEADLINE_MS, async () => {
    const setup = listedSetup(connection) ?? (await askSetup(handle))
    const lacks = setup.keyIds?.filter((id) => !notice.keyIds.includes(id)) ?? []
    const isKnown =
      setup.definition === notice.fingerprint && (setup.notices ?? false) === notice.notices
    const isNews = !isKnown || lacks.length > 0 || setup.waitsForKey
    if (isNews && !signal.aborted) await handle.signal(TOKEN_SIGNALS.definition, notice)
    return lacks
  })
}

interface AskedSetup extends ConnectionSetup {
  readonly waitsForKey: boolean
}

/**
 * From the list alone, where that says enough: a query may replay the connection's whole history, and most of
 * thousands have nothing to be told.
 */
function listedSetup({ typedSearchAttributes }: WorkflowExecutionInfo): AskedSetup | undefined {
  const setup = readSetupValues(typedSearchAttributes.get(SETUP_KEY))
  const isSettled = WAITS_FOR_NO_KEY.includes(typedSearchAttributes.get(STATUS_KEY) ?? '')
  return setup === undefined || !isSettled ? undefined : { ...setup, waitsForKey: false }
}

async function askSetup(handle: WorkflowHandle): Promise<AskedSetup> {
  const status = await handle.query<ConnectionStatus>(TOKEN_QUERIES.status)
  if (isUndecodable(status)) return { waitsForKey: false }
  return { ...status, waitsForKey: status.failure?.code === 'KeyMissing' }
}
