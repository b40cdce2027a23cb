import type { Endpoint, ReadAhead } from '../../../src/connectors/connector.js'
import { countAt } from '../../../src/pagination/answer-values.js'
import { type Pagination, paginationStyle } from '../../../src/pagination/registry.js'
import type { NextPage, PageAnswer, PaginationStyle } from '../../../src/pagination/style.js'
import { failureDetails } from '../../../src/contract/failure.js'
import type { SyncCheckpoint, SyncEnd } from '../../../src/contract/sync.js'
import { checkJson, parseAnswer } from '../../connection/read-json.js'
import type { UpstreamAnswer } from '../../connection/upstream-request.js'
import type { UpstreamSession } from '../../connection/upstream-session.js'
import { CycleGuard } from './cycle-guard.js'
import { doubtsAtTheEnd, doubtsOfPage } from './page-doubts.js'
import { ListText } from './list-text.js'
import { createPageRequests, type PageRequests } from './page-requests.js'
import { PagesAhead } from './pages-ahead.js'
import { recordsDigest } from './sync-position.js'
import { hasNoContent, listIn, ListWatch, saysNothing } from './read-list.js'

export interface Page {
  /** Without those that the page before it had already. */
  readonly records: readonly unknown[]
  /** The JSON text of these records as it came, where it is known. */
  readonly list?: string | undefined
  /** The page after it, as it stands in cursors. Absent: this was the last. */
  readonly next?: string | undefined
  /** For the checkpoint whose cursor is `next`. */
  readonly cycleGuard?: string | undefined
  /** How many records there are in all, where the source says it. */
  readonly total?: number | undefined
  /** Why this page may not be the last after all, in sentences without a value of a record. */
  readonly warnings?: readonly string[] | undefined
}

/** Reads the pages of an endpoint for one slice, in order, one request each. */
export class PageReader {
  readonly #session: UpstreamSession
  readonly #endpoint: Endpoint
  readonly #name: string
  readonly #requests: PageRequests
  readonly #style: PaginationStyle<Pagination> | undefined
  readonly #rules: Endpoint
  /** Of the connection. */
  readonly #baseUrl: URL
  readonly #lists: ListWatch
  readonly #text: ListText
  readonly #ahead: PagesAhead
  /** The state of the guard at the end of the slice before. */
  readonly #guarded: string | undefined
  #guard: CycleGuard | undefined
  /** Goes with the checkpoint, so that slices of one page each notice a page that comes again, too. */
  #lastDigest: string | undefined
  #hasRead = false
  /** Records of the page before. */
  #perPage = 0
  #total: number | undefined
  #read: number
  #pages: number

  private constructor(
    session: UpstreamSession,
    endpoint: Endpoint,
    name: string,
    requests: PageRequests,
    { cycleGuard, total, counters }: Partial<SyncCheckpoint>,
    readAhead: ReadAhead | undefined,
  ) {
    const { paginate, items } = endpoint
    this.#session = session
    this.#endpoint = endpoint
    this.#name = name
    this.#requests = requests
    this.#style = paginate && paginationStyle(paginate)
    this.#rules = {
      ...endpoint,
      total: endpoint.total ?? (paginate && this.#style?.total?.(paginate)),
    }
    this.#baseUrl = session.resolved.baseUrl
    ;[this.#guarded, this.#lastDigest] = cycleGuard?.split('~') ?? []
    this.#total = total
    this.#read = counters?.read ?? 0
    this.#pages = counters?.pages ?? 0
    this.#ahead = new PagesAhead({ paginate, readAhead }, requests, (request, signal) =>
      session.send(request, signal),
    )
    this.#text = new ListText(endpoint)
    this.#lists = new ListWatch(items, { pages: this.#pages, read: this.#read })
  }

  /**
   * A reader that goes on where a checkpoint stands.
   * @param readAhead absent: one page after the other
   * @throws ApplicationFailure `InvalidInput`
   */
  static async open(
    session: UpstreamSession,
    endpoint: Endpoint,
    from: SyncEnd,
    checkpoint: Partial<SyncCheckpoint> = {},
    readAhead?: ReadAhead,
  ): Promise<PageReader> {
    const requests = await createPageRequests(session, endpoint, from)
    return new PageReader(session, endpoint, from.endpoint, requests, checkpoint, readAhead)
  }

  /** @param cursor `next` of an earlier page; undefined: the first page */
  async read(cursor: string | undefined, signal: AbortSignal): Promise<Page> {
    const { failures } = this.#session
    const rules = this.#rules
    const { items, empty, total } = rules
    const name = this.#name
    const isFirst = cursor === undefined
    const asked = isFirst ? this.#requests.first : this.#requests.fromCursor(cursor)
    const askedCursor = cursor ?? this.#requests.toCursor(asked)
    this.#guard ??= new CycleGuard(askedCursor, this.#guarded)
    const coming = isFirst ? undefined : this.#ahead.take(cursor)
    const asking = coming ?? this.#session.send(this.#requests.toRequest(asked), signal)
    this.#ahead.askBehind(asked, this.#left(), signal)
    let answer: UpstreamAnswer
    try {
      answer = await asking
    } catch (error) {
      if (isFirst || this.#hasRead || !refusesCursor(error)) throw error
      throw failures.cursorRefused(name, failureDetails(error)?.status)
    }
    this.#hasRead = true
    this.#ahead.received(answer)
    const { headers, url } = answer
    const isBare = hasNoContent(answer)
    // A page before this one said that there is more: 204 says that there is not, an empty 200 says nothing.
    if (isBare && answer.status < 204 && !isFirst && empty === undefined)
      throw failures.itemsMissing(name, items)
    const body = isBare
      ? undefined
      : parseAnswer(name, answer, failures, this.#pages + 1, this.#text.parse)
    const received = { headers, body, isFirst }
    const nothing =
      isBare || listIn(body, items) !== undefined ? undefined : saysNothing(received, rules)
    const isNothing = isBare || nothing !== undefined
    const found = isNothing ? NO_RECORDS : this.#records(body)
    const { list, raw } = found instanceof Promise ? await found : found
    this.#expectOthers(raw)
    if (!isBare) this.#lists.look(body, nothing === 'stated')
    // Written out: to spread an object into it takes longer than all the rest.
    const page: PageAnswer = {
      headers,
      body,
      isFirst,
      url,
      baseUrl: this.#baseUrl,
      asked,
      records: raw,
      isNothing,
      bare: isBare ? answer.status : undefined,
    }
    const next = this.#next(page)
    if (next.outcome === 'unreadable')
      throw failures.invalid(name, `${next.what} does not tell the next page`)
    if (next.outcome === 'stuck') throw failures.unpageable(name, next.why)
    const { repeated } = next
    if (repeated !== undefined && repeated.size > 0 && list.length !== raw.length)
      throw failures.unpageable(name, 'its response schema takes records out of a page')
    const records = repeated === undefined ? list : list.filter((_record, at) => !repeated.has(at))
    const text = this.#text.of(records)
    this.#total = (total && countAt(received, total)) ?? this.#total
    this.#read += records.length
    this.#pages += 1
    this.#perPage = raw.length
    const end = (at: NextPage & { readonly outcome: 'end' }): Page => {
      const known = { total: this.#total, read: this.#read, isListMissed: this.#lists.isMissed() }
      const doubts = doubtsAtTheEnd(page, at, rules, known)
      const warnings = [...doubtsOfPage(page), ...doubts]
      const told = warnings.length === 0 ? undefined : warnings
      return { records, list: text, total: this.#total, warnings: told }
    }
    if (next.outcome === 'end') return end(next)
    const following = this.#requests.toCursor(next.position)
    // Behind the last record some APIs give the same cursor for ever.
    if (raw.length === 0 && following === askedCursor) return end({ outcome: 'end', repeats: true })
    if (this.#guard.follow(following))
      throw failures.invalid(name, 'a page names one as the next that was read before')
    const digest = this.#lastDigest === undefined ? '' : `~${this.#lastDigest}`
    const warnings = doubtsOfPage(page)
    return {
      records,
      list: text,
      total: this.#total,
      next: following,
      cycleGuard: `${this.#guard.state()}${digest}`,
      warnings: warnings.length === 0 ? undefined : warnings,
    }
  }

  /** Pages behind the one that is asked for, as far as the source says how many records there are. */
  #left(): number {
    if (this.#total === undefined || this.#perPage === 0) return Number.POSITIVE_INFINITY
    return Math.max(0, Math.ceil((this.#total - this.#read) / this.#perPage) - 1)
  }

  /** No promise where no schema is to be asked: to await it would cost a turn of the event loop. */
  #records(body: unknown): Records | Promise<Records> {
    const { failures } = this.#session
    const { items, response } = this.#endpoint
    const listOf = (checked: unknown): Records => {
      const list = listIn(checked, items)
      if (list === undefined) throw failures.itemsMissing(this.#name, items)
      return { list, raw: checked === body ? list : (listIn(body, items) ?? list) }
    }
    if (response === undefined) return listOf(body)
    return checkJson(response, this.#name, body, failures).then(listOf)
  }

  /**
   * Notices a source that ignores the page number or offset: the cursor of such pages always changes, so
   * only their records show that a page came again.
   */
  #expectOthers(raw: readonly unknown[]): void {
    const { paginate } = this.#endpoint
    const isCounted = paginate !== undefined && this.#style?.isCounted?.(paginate) === true
    if (!isCounted || raw.length === 0) return
    const digest = recordsDigest(raw)
    if (digest === this.#lastDigest)
      throw this.#session.failures.unpageable(
        this.#name,
        'two pages in a row are the same: it may not know the parameter that asks for the next one',
      )
    this.#lastDigest = digest
  }

  #next(found: PageAnswer): NextPage {
    const { paginate } = this.#endpoint
    if (this.#style === undefined || paginate === undefined) return { outcome: 'end' }
    return this.#style.next(found, paginate)
  }
}

interface Records {
  /** As the endpoint's schema gives them. */
  readonly list: readonly unknown[]
  /** As they came. */
  readonly raw: readonly unknown[]
}

const NO_RECORDS: Records = { list: [], raw: [] }

/** Statuses with which APIs refuse a cursor that they do not know, or do not know any more. */
const CURSOR_REFUSALS = new Set([400, 404, 410, 422])

function refusesCursor(error: unknown): boolean {
  const details = failureDetails(error)
  return details?.code === 'UpstreamRejected' && CURSOR_REFUSALS.has(details.status ?? 0)
}
