import { createFailure } from '../../src/contract/failure.js'
import type { SyncEnd } from '../../src/contract/sync.js'
import type { Endpoint } from '../../src/connectors/connector.js'
import { atPath } from '../http/at-path.js'
import { buildUrl } from '../http/build-url.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { paginationStyle } from './pagination/registry.js'

export interface Page {
  readonly records: readonly unknown[]
  /** Where the next page is: path and query below the connection's origin. Absent: this was the last. */
  readonly next?: string
}

const MAX_PAGE_BYTES = 8 * 1024 * 1024

/** Reads the pages of an endpoint, one request each. */
export interface PageReader {
  /** @param cursor `next` of an earlier page; undefined: the first page */
  read(cursor: string | undefined, signal: AbortSignal): Promise<Page>
}

export function createPageReader(
  session: UpstreamSession,
  endpoint: Endpoint,
  end: SyncEnd,
): PageReader {
  const first = buildUrl(session.resolved, end.endpoint, endpoint.path, end.input ?? {})
  return {
    read: async (cursor, signal) => {
      const url = cursor === undefined ? first : new URL(cursor, first.origin)
      const { text, headers } = await session.send(
        {
          endpoint: end.endpoint,
          method: endpoint.method,
          url: new URL(url),
          repeatable: true,
          maxBytes: endpoint.maxBytes ?? MAX_PAGE_BYTES,
          timeoutMs: endpoint.timeoutMs,
        },
        signal,
      )
      const records = readRecords(session.connection, end.endpoint, endpoint.items, text)
      if (endpoint.paginate === undefined) return { records }
      const next = paginationStyle(endpoint.paginate).next({ url, headers }, endpoint.paginate)
      if (next === undefined) return { records }
      return { records, next: toCursor(session, end.endpoint, url, next) }
    },
  }
}

function readRecords(
  connection: string,
  endpoint: string,
  items: string | undefined,
  text: string,
): readonly unknown[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw createFailure(
      'AnswerUnreadable',
      `${connection} answers ${endpoint} with something that is not JSON; look at the connector's base URL and path.`,
      { connection, endpoint },
    )
  }
  const list = items === undefined ? body : atPath(body, items)
  if (Array.isArray(list)) return list as readonly unknown[]
  throw createFailure(
    'ItemsMissing',
    `${connection} answers ${endpoint} without a list at ${items === undefined ? 'the top' : `'${items}'`}; mend the endpoint's 'items'.`,
    { connection, endpoint },
  )
}

/** A cursor is seen in histories: it never carries the key that some APIs repeat in their links. */
function toCursor(session: UpstreamSession, endpoint: string, current: URL, next: URL): string {
  const { connection } = session
  if (!session.owns(next) || next.origin !== current.origin)
    throw createFailure(
      'ForeignOrigin',
      `${connection} ${endpoint}: the link to the next page leads to ${next.origin}, which is not where the pages come from: it is not followed.`,
      { connection, endpoint },
    )
  const { auth } = session.resolved.connector
  if (auth.kind === 'api-key' && auth.in === 'query') next.searchParams.delete(auth.name)
  const cursor = `${next.pathname}${next.search}`
  if (cursor === `${current.pathname}${current.search}`)
    throw createFailure(
      'AnswerInvalid',
      `${connection} ${endpoint}: a page names itself as the next one; the sync would never end.`,
      { connection, endpoint },
    )
  return cursor
}
