import type { IncomingHttpHeaders } from 'node:http'
import type { Pagination } from '../../../src/connectors/connector.js'

/** A page as it came. */
export interface PageAnswer {
  /** Of the request, without credential. */
  readonly url: URL
  readonly headers: IncomingHttpHeaders
}

/** One way of an API to say where the next page is. One file a style, one line in the registry. */
export interface PaginationStyle<P extends Pagination = Pagination> {
  readonly style: P['style']
  /** The URL of the next page, or undefined after the last one. It may be of any origin: the caller checks. */
  readonly next: (answer: PageAnswer, pagination: P) => URL | undefined
}
