import type { Endpoint } from '../../src/connectors/connector.js'
import { countAt } from '../../src/pagination/answer-values.js'
import { paginationStyle } from '../../src/pagination/registry.js'
import type { Position } from '../../src/pagination/position.js'
import type { NextPage, PageAnswer } from '../../src/pagination/style.js'
import { failureDetails } from '../../src/contract/failure.js'
import type { SyncCheckpoint, SyncEnd } from '../../src/contract/sync.js'
import { checkJson, parseAnswer } from '../http/read-json.js'
import type { UpstreamAnswer } from '../http/upstream-request.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { createLoopGuard, type LoopGuard } from './loop-guard.js'
import { doubtsAtTheEnd, doubtsOfPage } from './page-doubts.js'
import { createPageRequests } from './page-requests.js'
import { recordsDigest } from './place.js'
import { createListWatch, listIn, saysNothing } from './read-list.js'

export interface Page {
  /** Without those that the page before it had already. */
  readonly records: readonly unknown[]
  /** The page after it, as it stands in cursors. Absent: this was the last. */
  readonly next?: string
  /** For the checkpoint whose cursor is `next`. */
  readonly loop?: string
  /** How many records there are in all, where the source tells. */
  readonly total?: number
  /** Why this page may not be the last after all, in sentences without a value of a record. */
  readonly warnings?: readonly string[]
}

/** Spaces and line breaks alone, in bytes. */
const MAX_BLANK = 64

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
  { loop, total: toldBefore, counters }: Partial<SyncCheckpoint> = {},
): Promise<PageReader> {
  const { failures, resolved } = session
  const { endpoint: name } = from
  const { paginate, items, empty } = endpoint
  const baseUrl = resolved.baseUrl
  const requests = await createPageRequests(session, endpoint, from)
  const style = paginate === undefined ? undefined : paginationStyle(paginate)
  const isCounted = paginate !== undefined && style?.isCounted?.(paginate) === true
  const totalAt = endpoint.total ?? (paginate === undefined ? undefined : style?.total?.(paginate))
  const rules = { ...endpoint, total: totalAt }
  let guard: LoopGuard | undefined
  let hasRead = false
  const [guarded, digestBefore] = loop?.split('~') ?? []
  /** Goes with the checkpoint, so that slices of one page each notice it too. */
  let lastDigest = digestBefore
  let total = toldBefore
  let read = counters?.read ?? 0
  let pages = counters?.pages ?? 0
  const lists = createListWatch(items, { pages, read })

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
  const readRecords = async (body: unknown) => {
    const checked = await checkJson(endpoint.response, name, body, failures)
    const list = listIn(checked, items)
    if (list === undefined) throw failures.itemsMissing(name, items)
    return { list, raw: checked === body ? list : (listIn(body, items) ?? list) }
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
  const nextOf = (found: PageAnswer): NextPage =>
    style === undefined || paginate === undefined ? { outcome: 'end' } : style.next(found, paginate)

  return {
    read: async (page, signal) => {
      const isFirst = page === undefined
      const asked = isFirst ? requests.first : requests.fromCursor(page)
      guard ??= createLoopGuard(page ?? requests.toCursor(asked), guarded)
      const answer = await ask(asked, isFirst, signal)
      hasRead = true
      const { headers, url } = answer
      const isBare = hasNoContent(answer)
      // A page before this one said that there is more: 204 says that there is not, an empty 200 says nothing.
      if (isBare && answer.status < 204 && !isFirst && empty === undefined)
        throw failures.itemsMissing(name, items)
      const body = isBare ? undefined : parseAnswer(name, answer, failures, pages + 1)
      const told = { headers, body, isFirst }
      const nothing =
        isBare || listIn(body, items) !== undefined ? undefined : saysNothing(told, rules)
      const isNothing = isBare || nothing !== undefined
      const { list, raw } = isNothing ? { list: [], raw: [] } : await readRecords(body)
      expectOthers(raw)
      if (!isBare) lists.look(body, nothing === 'told')
      const found: PageAnswer = {
        ...told,
        url,
        baseUrl,
        asked,
        records: raw,
        isNothing,
        bare: isBare ? answer.status : undefined,
      }
      const next = nextOf(found)
      if (next.outcome === 'unreadable')
        throw failures.invalid(name, `${next.what} does not tell the next page`)
      if (next.outcome === 'stuck') throw failures.unpageable(name, next.why)
      const { repeated } = next
      if (repeated !== undefined && repeated.size > 0 && list.length !== raw.length)
        throw failures.unpageable(name, 'its response schema takes records out of a page')
      const records =
        repeated === undefined ? list : list.filter((_record, at) => !repeated.has(at))
      total = (totalAt === undefined ? undefined : countAt(told, totalAt)) ?? total
      read += records.length
      pages += 1
      const result = { records, ...(total === undefined ? {} : { total }) }
      const end = (at: NextPage & { readonly outcome: 'end' }): Page => {
        const doubts = doubtsAtTheEnd(found, at, rules, {
          total,
          read,
          isListMissed: lists.isMissed(),
        })
        return withWarnings(result, [...doubtsOfPage(found), ...doubts])
      }
      if (next.outcome === 'end') return end(next)
      const cursor = requests.toCursor(next.position)
      // Behind the last record some APIs give the same place for ever.
      if (raw.length === 0 && cursor === (page ?? requests.toCursor(asked)))
        return end({ outcome: 'end', repeats: true })
      if (guard.follow(cursor))
        throw failures.invalid(name, 'a page names one as the next that was read before')
      const digest = lastDigest === undefined ? '' : `~${lastDigest}`
      const further = { ...result, next: cursor, loop: `${guard.state()}${digest}` }
      return withWarnings(further, doubtsOfPage(found))
    },
  }
}

function withWarnings(page: Page, warnings: readonly string[]): Page {
  return warnings.length === 0 ? page : { ...page, warnings }
}

/** No content (204, 205), nothing that has changed (304), or a body without anything in it. */
function hasNoContent({ status, body }: UpstreamAnswer): boolean {
  if (status === 204 || status === 205 || status === 304) return true
  return body.length <= MAX_BLANK && body.toString('latin1').trim() === ''
}

/** Statuses by which APIs tell that a cursor is none, or none any more. */
const CURSOR_REFUSALS = new Set([400, 404, 410, 422])

function refusesCursor(error: unknown): boolean {
  const details = failureDetails(error)
  return details?.code === 'UpstreamRejected' && CURSOR_REFUSALS.has(details.status ?? 0)
}
