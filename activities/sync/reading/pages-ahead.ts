import type { Endpoint, ReadAhead } from '../../../src/connectors/connector.js'
import type { Position } from '../../../src/pagination/position.js'
import { paginationStyle } from '../../../src/pagination/registry.js'
import type { UpstreamAnswer, UpstreamRequest } from '../../connection/upstream-request.js'
import type { PageRequests } from './page-requests.js'

/** Of the answers that wait, in bytes. */
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024
/** Only the one that is read. */
const ONE_PAGE: ReadAhead = { pages: 1 }

type ReadingAhead = Pick<Endpoint, 'paginate' | 'readAhead'>
type Send = (request: UpstreamRequest, signal: AbortSignal) => Promise<UpstreamAnswer>

/**
 * Asks for pages before it is known that they are the next ones. What comes is only held: a page is read in
 * its turn, by whoever takes it by the cursor that the page before it gave. Where that is another one than
 * was guessed, or an answer was a failure, pages are asked for one by one from there on.
 */
export class PagesAhead {
  readonly #requests: PageRequests
  readonly #guess: (asked: Position) => Position | undefined
  readonly #send: Send
  readonly #pages: number
  readonly #maxBytes: number
  #coming: { readonly cursor: string; readonly answer: Promise<UpstreamAnswer> }[] = []
  #largest = 0
  #isOff: boolean

  constructor(
    { paginate, readAhead: { pages, maxBytes = DEFAULT_MAX_BYTES } = ONE_PAGE }: ReadingAhead,
    requests: PageRequests,
    send: Send,
  ) {
    const style = paginate && paginationStyle(paginate)
    this.#requests = requests
    this.#guess = (asked) => paginate && style?.guess?.(asked, paginate)
    this.#send = send
    this.#pages = pages
    this.#maxBytes = maxBytes
    this.#isOff = pages <= 1
  }

  /** The answer that was asked for ahead; undefined: there is none. It is given once. */
  take(cursor: string): Promise<UpstreamAnswer> | undefined {
    const next = this.#coming.shift()
    if (next === undefined) return undefined
    if (next.cursor === cursor) return next.answer
    this.#giveUp()
    return undefined
  }

  /** A page has come. */
  received({ body }: UpstreamAnswer): void {
    this.#largest = Math.max(this.#largest, body.length)
  }

  /**
   * Asks for the pages behind one that is asked for already, as many as may be held.
   * @param left pages behind it, as far as it is known how many there are
   */
  askBehind(asked: Position, left: number, signal: AbortSignal): void {
    // The first page shows how large they are.
    if (this.#isOff || this.#largest === 0) return
    const fitting = Math.floor(this.#maxBytes / this.#largest)
    const count = Math.min(this.#pages, fitting, left + 1) - 1
    let position = this.#guess(asked)
    try {
      for (let at = 0; at < count && position !== undefined; at += 1) {
        if (at >= this.#coming.length) this.#ask(this.#requests.toCursor(position), signal)
        position = this.#guess(position)
      }
    } catch {
      // A place that can't be asked for: the page before it says so in its turn.
      this.#giveUp()
    }
  }

  #ask(cursor: string, signal: AbortSignal): void {
    const { toRequest, fromCursor } = this.#requests
    // As it would be asked for in its turn.
    const answer = this.#send(toRequest(fromCursor(cursor)), signal)
    answer.catch(() => {
      this.#giveUp()
    })
    this.#coming.push({ cursor, answer })
  }

  #giveUp(): void {
    this.#isOff = true
    this.#coming = []
  }
}
