import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../contract/connection-ref.js'
import { searchAttributeKey } from '../contract/search-attributes.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { printJson, printLines, printNotes } from './print.js'

const STATUS_ATTRIBUTE = searchAttributeKey('TokenkeeperStatus')
const EXPIRES_AT = searchAttributeKey('TokenkeeperExpiresAt')
/** How many connections are asked themselves, at once. */
const QUERIES_AT_ONCE = 20

/** As far as it is known. */
export interface ListedStatus {
  readonly status: string
  readonly failure?: Pick<NonNullable<ConnectionStatus['failure']>, 'code'> | undefined
}

interface Listed {
  readonly ref: ConnectionRef
  readonly state: string | undefined
  readonly until: string | undefined
  readonly startedAt: string
}

/**
 * One line each: text in columns below a header, or JSON. What is sick is asked for its reason; visibility
 * knows the state alone, and not even that where the search attributes are missing.
 * @returns how each is
 */
export async function listConnections(
  { client, keeper }: { readonly client: Client; readonly keeper: TokenkeeperClient },
  { json, taskQueue }: { readonly json?: true | undefined; readonly taskQueue: string },
): Promise<readonly ListedStatus[]> {
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = ${quote(taskQueue)}`
  const states: ListedStatus[] = []
  let batch: Listed[] = []
  let answers = true
  const flush = async (): Promise<void> => {
    const all = await Promise.all(
      batch.map(async (one) => [one, answers ? await ask(keeper, one) : undefined] as const),
    )
    batch = []
    // No keeper worker answers: nobody waits for it again and again.
    answers = all.some(([, status]) => status !== undefined)
    for (const [one, status] of all) {
      if (states.length === 0 && json !== true) printLines(columns(HEADER))
      states.push({ status: status?.status ?? one.state ?? 'unknown', failure: status?.failure })
      print(one, status, json)
    }
  }
  for await (const { workflowId, typedSearchAttributes, startTime } of client.workflow.list({
    query,
  })) {
    const ref = parseConnection(workflowId.replace(/^token:([^:]*):/, '$1/'))
    if (ref === undefined) continue
    batch.push({
      ref,
      state: typedSearchAttributes.get(STATUS_ATTRIBUTE),
      until: typedSearchAttributes.get(EXPIRES_AT)?.toISOString(),
      startedAt: startTime.toISOString(),
    })
    if (batch.length >= QUERIES_AT_ONCE) await flush()
  }
  await flush()
  if (states.length === 0) printNotes(`No connection is kept on the task queue '${taskQueue}'.`)
  return states
}

/** Undefined where it does not answer: visibility has to do. */
async function ask(
  keeper: TokenkeeperClient,
  { ref }: Listed,
): Promise<ConnectionStatus | undefined> {
  return await keeper.status(ref.connector, ref.account).catch(() => undefined)
}

const HEADER = ['CONNECTION', 'STATUS', 'SINCE', 'TOKEN UNTIL', 'KEYS', 'WHY']
const WIDTHS = [32, 14, 20, 20, 16]

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd()
}

function print(listed: Listed, status: ConnectionStatus | undefined, json: true | undefined) {
  const { ref, state, until, startedAt } = listed
  const connection = formatConnection(ref)
  const { reason, failure, keyIds } = status ?? {}
  const since = status === undefined ? undefined : new Date(status.sinceMs).toISOString()
  const shown = status?.status ?? state
  if (json === true) {
    printJson({
      connection,
      status: shown,
      reason,
      since,
      expiresAt: until,
      startedAt,
      keyIds,
      failure: failure && { code: failure.code, message: failure.message },
    })
    return
  }
  const why = [reason, failure && `${failure.code}: ${failure.message}`].filter(Boolean).join('; ')
  printLines(
    columns([
      connection,
      shown ?? 'unknown',
      toSeconds(since),
      toSeconds(until),
      (keyIds ?? []).join(','),
      why,
    ]),
  )
}

function toSeconds(iso: string | undefined): string {
  return iso?.replace(/\.\d+Z$/, 'Z') ?? ''
}

/** A text of Temporal's list filter. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
