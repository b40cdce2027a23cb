import type { Client } from '@temporalio/client'
import { fromTagValues } from '../contract/connection-details.js'
import { formatConnection, fromTokenWorkflowId } from '../contract/connection-ref.js'
import { isRecord } from '../contract/plain-data.js'
import { TOKEN_QUERIES } from '../contract/messages.js'
import { isSearchAttribute, type SearchAttributeName } from '../contract/search-attributes.js'
import {
  type ConnectionStatus,
  RENEWED_STATUSES,
  type TokenStatus,
} from '../contract/token-status.js'
import type { ConnectionCalls } from './connection-calls.js'
import {
  allConnections,
  type ConnectionFilter,
  isMeantConnection,
  type ListedConnection,
  needsStatus,
  type ReadConnectionFilter,
  readConnectionFilter,
  toVisibilityQuery,
} from './list-filter.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

export interface ListOptions extends ConnectionFilter {
  /**
   * At most so many.
   * @example limit: 100
   */
  readonly limit?: number | undefined
  /**
   * Which of them are asked themselves, so that `asked` tells all of their status: none, those that need
   * somebody or are in trouble, or all. Default none: visibility alone is read.
   * @example ask: 'sick'
   */
  readonly ask?: 'none' | 'sick' | 'all' | undefined
  /**
   * Is told, in a sentence, what makes the list slow or leaves something out of it. Default: `onWait` of the client.
   * @example onWarning: (message) => console.error(message)
   */
  readonly onWarning?: ((message: string) => void) | undefined
}

/**
 * Lists connections as Temporal's visibility has them, newest first, without a query each. Where the
 * namespace lacks the search attributes of tokenkeeper each connection is asked in place of that, and
 * `onWarning` is told.
 * @throws TokenkeeperError `InvalidInput`, `InvalidConnection`, `Unavailable`
 */
export type ListConnections = (options?: ListOptions) => AsyncIterable<ListedConnection>

/** How many connections are asked at once, where they are asked themselves. */
const QUERIES_AT_ONCE = 20
const SICK: readonly (TokenStatus | undefined)[] = [
  undefined,
  'degraded',
  'needs_reauth',
  'misconfigured',
  'rejected',
]
const NEEDED_ATTRIBUTES = [
  'TokenkeeperConnector',
  'TokenkeeperStatus',
  'TokenkeeperExpiresAt',
  'TokenkeeperTags',
] as const satisfies readonly SearchAttributeName[]

export interface ListSource {
  readonly client: Client
  readonly taskQueue: string
  readonly calls: ConnectionCalls
  readonly onWarning: (message: string) => void
}

export function createList(source: ListSource): ListConnections {
  return (options = {}) => list(source, options)
}

async function* list(source: ListSource, options: ListOptions): AsyncIterable<ListedConnection> {
  const { limit = Infinity, ask = 'none', onWarning = source.onWarning } = options
  const filter = readConnectionFilter(options, Date.now())
  const missing = await missingAttributes(source.client)
  if (missing.length > 0)
    onWarning(
      `The namespace lacks the search attributes ${missing.join(', ')}, so each connection is asked: that takes longer. A keeper worker that may register them does so when it starts.`,
    )
  const asksAll = ask === 'all' || missing.length > 0
  const query =
    missing.length > 0
      ? allConnections(source.taskQueue)
      : toVisibilityQuery(filter, source.taskQueue)
  const { expiresBeforeMs } = filter
  // Visibility has the least of ends that move: what may be meant is asked.
  const isMoving = ({ status }: ListedConnection): boolean =>
    status !== undefined && RENEWED_STATUSES.includes(status)
  const isAsked = (one: ListedConnection): boolean =>
    asksAll ||
    (ask === 'sick' && SICK.includes(one.status)) ||
    (expiresBeforeMs !== undefined && isMoving(one))
  let count = 0
  for await (const listed of asked(source, found(source, query, filter), { isAsked, onWarning })) {
    if (listed.status === undefined && missing.length > 0 && needsStatus(filter)) continue
    if (!isMeantConnection(filter, listed)) continue
    const isUnknown = expiresBeforeMs === undefined && listed.asked === undefined
    yield isUnknown && isMoving(listed) ? withoutPastEnd(listed) : listed
    count += 1
    if (count >= limit) return
  }
}

/** Nobody has told the end of the token that has come since. */
function withoutPastEnd(listed: ListedConnection): ListedConnection {
  return (listed.expiresAtMs ?? 0) < Date.now() ? { ...listed, expiresAtMs: undefined } : listed
}

/** What visibility finds, but for what its name already shows not to be meant. */
async function* found(
  { client }: ListSource,
  query: string,
  { connectors, account }: ReadConnectionFilter,
): AsyncIterable<ListedConnection> {
  const byName = { connectors, account, statuses: [], tags: [] }
  const { namespace } = client.options
  let nextPageToken: Uint8Array = new Uint8Array()
  do {
    // Not by the client's own list: it decodes memos, and ends at the first that it can't.
    const page = await client.workflowService
      .listWorkflowExecutions({ namespace, query, nextPageToken })
      .catch((error: unknown) => {
        throw listUnavailable(error)
      })
    for (const { execution, startTime, searchAttributes } of page.executions) {
      const ref = fromTokenWorkflowId(execution?.workflowId ?? '')
      if (ref === undefined) continue
      const read = (name: SearchAttributeName): unknown =>
        decodeAttribute(searchAttributes?.indexedFields?.[name]?.data)
      const status = read('TokenkeeperStatus')
      const until = Date.parse(String(read('TokenkeeperExpiresAt')))
      const values = [read('TokenkeeperTags') ?? []].flat()
      const listed: ListedConnection = {
        connection: formatConnection(ref),
        ...ref,
        ...fromTagValues(values.filter((value) => typeof value === 'string')),
        status: typeof status === 'string' ? (status as TokenStatus) : undefined,
        expiresAtMs: Number.isFinite(until) ? until : undefined,
        startedAtMs: Number(startTime?.seconds ?? 0) * 1000,
      }
      if (isMeantConnection(byName, listed)) yield listed
    }
    ;({ nextPageToken } = page)
  } while (nextPageToken.length > 0)
}

interface Asking {
  readonly isAsked: (listed: ListedConnection) => boolean
  readonly onWarning: (message: string) => void
}

/** The same in the same order, with the answers of those that are asked. */
async function* asked(
  source: ListSource,
  all: AsyncIterable<ListedConnection>,
  { isAsked, onWarning }: Asking,
): AsyncIterable<ListedConnection> {
  let batch: ListedConnection[] = []
  const heard = { silent: 0, answers: true }
  const flush = async (): Promise<readonly ListedConnection[]> => {
    const wanted = batch
    batch = []
    if (!heard.answers) return wanted
    const told = await Promise.all(
      wanted.map(async (one) => (isAsked(one) ? withAnswer(one, await askOne(source, one)) : one)),
    )
    const unheard = told.filter((one) => isAsked(one) && one.asked === undefined).length
    heard.silent += unheard
    // No keeper worker answers: nobody waits for it again and again.
    if (unheard > 0 && unheard === wanted.filter(isAsked).length) heard.answers = false
    return told
  }
  for await (const one of all) {
    batch.push(one)
    if (batch.length >= QUERIES_AT_ONCE) yield* await flush()
  }
  yield* await flush()
  if (heard.silent > 0)
    onWarning(
      `${heard.silent} connections gave no answer, so that what only they know is left out${heard.answers ? '' : '; no others were asked'}: is a keeper worker running on the task queue '${source.taskQueue}'?`,
    )
}

async function askOne(
  { calls }: ListSource,
  { connector, account }: ListedConnection,
): Promise<ConnectionStatus | undefined> {
  const query = calls.query<ConnectionStatus>({ connector, account }, TOKEN_QUERIES.status)
  return await query.catch(() => undefined)
}

function withAnswer(
  listed: ListedConnection,
  status: ConnectionStatus | undefined,
): ListedConnection {
  if (status === undefined) return listed
  const { tags = [], owner, mayEnd } = status
  // As the search attribute has it: a token that may end is none to look after.
  const expiresAtMs = mayEnd === true ? undefined : status.expiresAtMs
  return { ...listed, status: status.status, tags, owner, expiresAtMs, asked: status }
}

/** Which of the search attributes are missing; where the server may not be asked, all are taken to be there if it lists by them. */
async function missingAttributes(client: Client): Promise<readonly SearchAttributeName[]> {
  const { namespace } = client.options
  try {
    const { operatorService } = client.connection
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    return NEEDED_ATTRIBUTES.filter((name) => !isSearchAttribute(name, customAttributes[name]))
  } catch {
    const query = NEEDED_ATTRIBUTES.map((name) => `${name} IS NULL`).join(' AND ')
    const isKnown = await client.workflowService
      .listWorkflowExecutions({ namespace, query, pageSize: 1 })
      .then(
        () => true,
        () => false,
      )
    return isKnown ? [] : NEEDED_ATTRIBUTES
  }
}

/** The JSON of a payload of a search attribute, which no codec touches. */
function decodeAttribute(data: Uint8Array | null | undefined): unknown {
  if (data === undefined || data === null || data.length === 0) return undefined
  const value: unknown = JSON.parse(new TextDecoder().decode(data))
  return isRecord(value) ? undefined : (value ?? undefined)
}

function listUnavailable(error: unknown): TokenkeeperError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = cause instanceof Error ? cause.message : 'unknown error'
  return new TokenkeeperError('Unavailable', `Temporal did not list the connections: ${reason}.`)
}
