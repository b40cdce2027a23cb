import type { Endpoint } from '../../src/connectors/connector.js'
import { createFailure, failureDetails } from '../../src/contract/failure.js'
import type { SyncCheckpoint, SyncEnd } from '../../src/contract/sync.js'
import { toCallRequest } from '../call/call-request.js'
import { atPath } from '../../src/definition/at-path.js'
import { readJson } from '../http/read-json.js'
import type { UpstreamAnswer } from '../http/upstream-request.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { createLoopGuard, type LoopGuard } from './loop-guard.js'
import { paginationStyle } from './pagination/registry.js'

export interface Page {
  readonly records: readonly unknown[]
  /** The page after it: path and query below the source's origin. Absent: this was the last. */
  readonly next?: string
  /** For the checkpoint whose cursor is `next`. */
  readonly loop?: string
  /** How many records there are in all, where the source tells. */
  readonly total?: number
}

const MAX_PAGE_BYTES = 8 * 1024 * 1024

/** Reads the pages of an endpoint, one request each. */
export interface PageReader {
  /** @param page `next` of an earlier page; undefined: the first page */
  read(page: string | undefined, signal: AbortSignal): Promise<Page>
}

/** @throws ApplicationFailure `InvalidInput` */
export async function createPageReader(
  session: UpstreamSession,
  endpoint: Endpoint,
  { endpoint: name, input = {} }: SyncEnd,
  { loop }: Pick<SyncCheckpoint, 'loop'> = {},
): Promise<PageReader> {
  const { connection, failures, resolved } = session
  if (endpoint.method !== 'GET')
    throw createFailure(
      'InvalidInput',
      `${connection} ${name} is a ${endpoint.method}; a sync reads from an endpoint that is a GET.`,
      { connection, endpoint: name },
    )
  const first = await toCallRequest(resolved, endpoint, {
    endpoint: name,
    input,
    idempotencyKey: '',
  })
  let guard: LoopGuard | undefined
  let hasRead = false

  const toNext = (answer: UpstreamAnswer): string | undefined => {
    if (endpoint.paginate === undefined) return undefined
    const next = paginationStyle(endpoint.paginate).next(answer, endpoint.paginate)
    if (next.found === 'end') return undefined
    if (next.found === 'unreadable')
      throw failures.invalid(name, `${next.what} does not tell the next page`)
    if (!session.owns(next.url)) throw failures.foreign(name, next.url)
    // It is seen in histories: never with the key that some upstreams repeat in their links.
    const clean = session.withoutCredential(next.url)
    const { origin, pathname, search } = clean
    const page = origin === first.url.origin ? `${pathname}${search}` : clean.href
    return page
  }

  return {
    read: async (page, signal) => {
      const url = page === undefined ? first.url : toUrl(page, first.url.origin)
      if (url === undefined)
        throw createFailure(
          'InvalidInput',
          `The checkpoint's cursor is no page of ${connection}.`,
          {
            connection,
            endpoint: name,
          },
        )
      const maxBytes = endpoint.maxBytes ?? MAX_PAGE_BYTES
      guard ??= createLoopGuard(page ?? `${first.url.pathname}${first.url.search}`, loop)
      const answer = await session
        .send({ ...first, url, maxBytes }, signal)
        .catch((error: unknown) => {
          throw !hasRead && page !== undefined && refusesCursor(error)
            ? failures.cursorRefused(name, failureDetails(error)?.status)
            : error
        })
      hasRead = true
      const next = toNext(answer)
      const body = await readJson(endpoint, name, answer, failures)
      const list = endpoint.items === undefined ? body : atPath(body, endpoint.items)
      if (!Array.isArray(list)) throw failures.itemsMissing(name, endpoint.items)
      const records = list as readonly unknown[]
      if (next === undefined) return { records }
      if (guard.follow(next))
        throw failures.invalid(name, 'a page names one as the next that was read before')
      return { records, next, loop: guard.state() }
    },
  }
}

/** Statuses by which APIs tell that a cursor is none, or none any more. */
const CURSOR_REFUSALS = new Set([400, 404, 410, 422])

function refusesCursor(error: unknown): boolean {
  const details = failureDetails(error)
  return details?.code === 'UpstreamRejected' && CURSOR_REFUSALS.has(details.status ?? 0)
}

/** Appended, not resolved: a path that begins with `//` would name another host. */
function toUrl(page: string, origin: string): URL | undefined {
  const text = page.startsWith('/') ? `${origin}${page}` : page
  return URL.canParse(text) ? new URL(text) : undefined
}
