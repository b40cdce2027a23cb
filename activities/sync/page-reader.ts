import type { Endpoint } from '../../src/connectors/connector.js'
import { failureDetails } from '../../src/contract/failure.js'
import type { SyncCheckpoint, SyncEnd } from '../../src/contract/sync.js'
import { atPath } from '../../src/definition/at-path.js'
import { checkJson, parseAnswer } from '../http/read-json.js'
import type { UpstreamAnswer } from '../http/upstream-request.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { createLoopGuard, type LoopGuard } from './loop-guard.js'
import { createPageRequests } from './page-requests.js'
import { countAt } from './pagination/answer-values.js'
import type { NextPage } from './pagination/pagination-style.js'
import { paginationStyle } from './pagination/registry.js'
import { recordsDigest } from './place.js'
import type { Position } from './position.js'

export interface Page {
  /** Without those that the page before it had already. */
  readonly records: readonly unknown[]
  /** The page after it, as it stands in cursors. Absent: this was the last. */
  readonly next?: string
  /** For the checkpoint whose cursor is `next`. */
  readonly loop?: string
  /** How many records there are in all, where the source tells. */
  readonly total?: number
}

/** Reads the pages of an endpoint, one request each. */
export interface PageReader {
  /** @param page `next` of an earlier page; undefined: the first page */
  read(page: string | undefined, signal: AbortSignal): Promise<Page>
}

/**
 * A reader for one slice: its pages in order, each one once it is known.
 * @throws ApplicationFailure `InvalidInput`
 */
export async function createPageReader(
  session: UpstreamSession,
  endpoint: Endpoint,
  from: SyncEnd,
  { loop }: Pick<SyncCheckpoint, 'loop'> = {},
): Promise<PageReader> {
  const { failures } = session
  const { endpoint: name } = from
  const { paginate, items } = endpoint
  const requests = await createPageRequests(session, endpoint, from)
  const style = paginate === undefined ? undefined : paginationStyle(paginate)
  const isCounted = paginate !== undefined && style?.isCounted?.(paginate) === true
  const totalAt = endpoint.total ?? totalOf(paginate)
  let guard: LoopGuard | undefined
  let hasRead = false
  let lastDigest: string | undefined

  const ask = async (
    position: Position,
    isFirst: boolean,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> => {
    try {
      return await session.send(requests.toRequest(position), signal)
    } catch (error) {
      if (isFirst || hasRead || !refusesCursor(error)) throw error
      throw failures.cursorRefused(name, failureDetails(error)?.status)
    }
  }
  const listIn = (body: unknown): readonly unknown[] | undefined => {
    const list = items === undefined ? body : atPath(body, items)
    return Array.isArray(list) ? (list as readonly unknown[]) : undefined
  }
  /** Of pages that are counted, not named: the cursor always changes. */
  const expectOthers = (raw: readonly unknown[]): void => {
    if (!isCounted || raw.length === 0) return
    const digest = recordsDigest(raw)
    if (digest === lastDigest)
      throw failures.unpageable(
        name,
        'two pages in a row are the same: it may not know the parameter that asks for the next one',
      )
    lastDigest = digest
  }

  return {
    read: async (page, signal) => {
      const isFirst = page === undefined
      const asked = isFirst ? requests.first : requests.fromCursor(page)
      guard ??= createLoopGuard(page ?? requests.toCursor(asked), loop)
      const answer = await ask(asked, isFirst, signal)
      hasRead = true
      const body = parseAnswer(name, answer, failures)
      const { headers, url } = answer
      const told = { headers, body }
      const checked = await checkJson(endpoint.response, name, body, failures)
      const list = listIn(checked)
      if (list === undefined) throw failures.itemsMissing(name, items)
      const raw = checked === body ? list : (listIn(body) ?? list)
      expectOthers(raw)
      const next: NextPage =
        style === undefined || paginate === undefined
          ? { found: 'end' }
          : style.next({ ...told, url, asked, isFirst, records: raw }, paginate)
      if (next.found === 'unreadable')
        throw failures.invalid(name, `${next.what} does not tell the next page`)
      if (next.found === 'stuck') throw failures.unpageable(name, next.why)
      const total = totalAt === undefined ? undefined : countAt(told, totalAt)
      const { repeated } = next
      if (repeated !== undefined && repeated.size > 0 && list.length !== raw.length)
        throw failures.unpageable(name, 'its response schema takes records out of a page')
      const result = {
        records: repeated === undefined ? list : list.filter((_record, at) => !repeated.has(at)),
        ...(total === undefined ? {} : { total }),
      }
      if (next.found === 'end') return result
      const cursor = requests.toCursor(next.position)
      if (guard.follow(cursor))
        throw failures.invalid(name, 'a page names one as the next that was read before')
      return { ...result, next: cursor, loop: guard.state() }
    },
  }
}

/** Statuses by which APIs tell that a cursor is none, or none any more. */
const CURSOR_REFUSALS = new Set([400, 404, 410, 422])

function refusesCursor(error: unknown): boolean {
  const details = failureDetails(error)
  return details?.code === 'UpstreamRejected' && CURSOR_REFUSALS.has(details.status ?? 0)
}

/** A style that stops by a total knows where it is. */
function totalOf(paginate: Endpoint['paginate']): Endpoint['total'] {
  if (paginate === undefined || !('stop' in paginate) || typeof paginate.stop === 'string')
    return undefined
  return 'total' in paginate.stop ? paginate.stop.total : undefined
}
