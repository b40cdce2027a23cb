import type { Client } from '@temporalio/client'
import { toMilliseconds } from '../../contract/duration.js'
import { FAILURE_CATEGORIES, type FailureCategory } from '../../contract/failures.js'
import { parseConnection } from '../../contract/connection-ref.js'
import { isSearchAttribute } from '../../contract/search-attributes.js'
import { TokenkeeperError } from '../errors/tokenkeeper-error.js'
import { toListQuery } from './list-query.js'
import type { EndedSync } from './read-ended-sync.js'
import type { ReplayFilter } from './replay-options.js'

export interface FoundRun {
  readonly workflowId: string
  /** Absent: whichever is the newest. */
  readonly runId?: string | undefined
}

/** A filter with its texts read. */
export interface ReadFilter {
  readonly query: string
  readonly categories: readonly FailureCategory[]
  readonly connector?: string | undefined
  readonly account?: string | undefined
}

/** @throws TokenkeeperError `InvalidInput` */
export async function readFilter(
  client: Client,
  { connector, account, since, failure }: ReplayFilter,
  nowMs: number,
): Promise<ReadFilter> {
  const categories = [failure ?? []].flat()
  const unknown = categories.find((category) => !FAILURE_CATEGORIES.includes(category))
  if (unknown !== undefined)
    throw new TokenkeeperError(
      'InvalidInput',
      `There is no kind of failure '${unknown}'; there are ${FAILURE_CATEGORIES.join(', ')}.`,
    )
  const closedAfterMs = since === undefined ? undefined : momentOf(since, nowMs)
  const query = toListQuery({
    closedAfterMs,
    categories,
    hasFailureAttribute: categories.length > 0 && (await hasFailureAttribute(client)),
  })
  return { query, categories, connector, account }
}

/** Whether a run that visibility found fits the whole filter: visibility knows only a part of it. */
export function isMeantRun(
  { categories, connector, account }: ReadFilter,
  { category, input: { from, to } }: EndedSync,
): boolean {
  if (categories.length > 0 && (category === undefined || !categories.includes(category)))
    return false
  const names = 'connection' in to ? [from.connection, to.connection] : [from.connection]
  return names.some((name) => {
    const ref = parseConnection(name)
    return (
      (connector === undefined || ref?.connector === connector) &&
      (account === undefined || ref?.account === account)
    )
  })
}

/** What a list filter finds: the newest of the runs that it finds of each workflow id. */
export async function findRuns(client: Client, query: string): Promise<readonly FoundRun[]> {
  const newest = new Map<string, FoundRun & { readonly startedAtMs: number }>()
  const { namespace } = client.options
  try {
    let nextPageToken: Uint8Array = new Uint8Array()
    do {
      // Not by the client's own list: it decodes memos, and ends at the first that it can't.
      const page = await client.workflowService.listWorkflowExecutions({
        namespace,
        query,
        nextPageToken,
      })
      for (const { execution, startTime } of page.executions) {
        const { workflowId, runId } = execution ?? {}
        if (!workflowId || !runId) continue
        const startedAtMs = Number(startTime?.seconds ?? 0) * 1000 + (startTime?.nanos ?? 0) / 1e6
        if (startedAtMs > (newest.get(workflowId)?.startedAtMs ?? Number.NEGATIVE_INFINITY))
          newest.set(workflowId, { workflowId, runId, startedAtMs })
      }
      ;({ nextPageToken } = page)
    } while (nextPageToken.length > 0)
  } catch (error) {
    throw new TokenkeeperError(
      'Unavailable',
      `Temporal did not list the workflows of "${query}" (${causeMessage(error)}): mend the query, or ask again.`,
    )
  }
  return [...newest.values()]
}

function momentOf(since: string | number | Date, nowMs: number): number {
  const agoMs = since instanceof Date ? undefined : toMilliseconds(since)
  const at = since instanceof Date ? since : new Date(agoMs === undefined ? since : nowMs - agoMs)
  const atMs = at.getTime()
  if (Number.isFinite(atMs)) return atMs
  throw new TokenkeeperError(
    'InvalidInput',
    `since is neither a duration nor a moment: write '24h', '3 days' or '2026-11-25T06:00:00Z'.`,
  )
}

/** No where the server may not be asked: then all is read, more slowly. */
async function hasFailureAttribute(client: Client): Promise<boolean> {
  try {
    const { operatorService } = client.connection
    const { namespace } = client.options
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    return isSearchAttribute('TokenkeeperFailure', customAttributes['TokenkeeperFailure'])
  } catch {
    return false
  }
}

function causeMessage(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : 'unknown error'
}
