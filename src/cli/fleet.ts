import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import { searchAttributeKey } from '../contract/search-attributes.js'
import type { ConnectionStatus, TokenStatus } from '../contract/token-status.js'
import { refOf } from './connection-names.js'

const STATUS_ATTRIBUTE = searchAttributeKey('TokenkeeperStatus')
const EXPIRES_AT = searchAttributeKey('TokenkeeperExpiresAt')
/** How many connections are asked themselves, at once. */
const QUERIES_AT_ONCE = 20

/** A connection in a list, as far as it is known. */
export interface FleetRow {
  readonly connection: string
  readonly status: TokenStatus | 'unknown'
  readonly reason?: string | undefined
  readonly sinceMs?: number | undefined
  readonly expiresAtMs?: number | undefined
  readonly keyIds?: readonly string[] | undefined
  readonly failure?: { readonly code: string; readonly message: string } | undefined
}

export interface FleetFilter {
  readonly connector?: string | undefined
  readonly account?: string | undefined
  readonly status?: readonly string[] | undefined
}

export interface FleetReader {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly taskQueue: string
}

/**
 * The connections of a keeper. Visibility knows the state alone, and not even that where the search
 * attributes are missing: with `ask`, each connection is asked itself, if somebody answers.
 */
export async function* readFleet(
  { client, keeper, taskQueue }: FleetReader,
  filter: FleetFilter,
  { ask }: { readonly ask: boolean },
): AsyncGenerator<FleetRow> {
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = ${quote(taskQueue)}`
  let batch: (FleetRow & { readonly ref: ConnectionRef })[] = []
  let answers = ask
  const flush = async (): Promise<readonly FleetRow[]> => {
    const all = await Promise.all(
      batch.map(async ({ ref, ...row }) => {
        const status = answers ? await askStatus(keeper, ref) : undefined
        return { row, status }
      }),
    )
    batch = []
    // No keeper worker answers: nobody waits for it again and again.
    answers &&= all.some(({ status }) => status !== undefined)
    return all.map(({ row, status }) => merge(row, status)).filter((row) => matches(row, filter))
  }
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({ query })) {
    const ref = refOf(workflowId)
    if (ref === undefined || !isMeant(ref, filter)) continue
    const state = typedSearchAttributes.get(STATUS_ATTRIBUTE)
    batch.push({
      ref,
      connection: formatConnection(ref),
      status: (state as TokenStatus | undefined) ?? 'unknown',
      expiresAtMs: typedSearchAttributes.get(EXPIRES_AT)?.getTime(),
    })
    if (batch.length >= QUERIES_AT_ONCE) yield* await flush()
  }
  yield* await flush()
}

function isMeant({ connector, account }: ConnectionRef, filter: FleetFilter): boolean {
  return (
    (filter.connector === undefined || filter.connector === connector) &&
    (filter.account === undefined || filter.account === account)
  )
}

function matches({ status }: FleetRow, filter: FleetFilter): boolean {
  return filter.status === undefined || filter.status.includes(status)
}

function merge(row: FleetRow, status: ConnectionStatus | undefined): FleetRow {
  if (status === undefined) return row
  const { reason, sinceMs, expiresAtMs, keyIds, failure } = status
  return {
    ...row,
    status: status.status,
    reason,
    sinceMs,
    expiresAtMs,
    keyIds,
    failure: failure && { code: failure.code, message: failure.message },
  }
}

/** Undefined where it does not answer: visibility has to do. */
async function askStatus(
  keeper: TokenkeeperClient,
  ref: ConnectionRef,
): Promise<ConnectionStatus | undefined> {
  return await keeper.status(ref.connector, ref.account).catch(() => undefined)
}

/** A text of Temporal's list filter. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
