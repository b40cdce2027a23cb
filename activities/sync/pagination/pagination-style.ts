import type { IncomingHttpHeaders } from 'node:http'
import type { Pagination } from '../../../src/connectors/connector.js'

/** A page as it came. */
export interface PageAnswer {
  /** Where it came from, without credential. */
  readonly url: URL
  readonly headers: IncomingHttpHeaders
}

/** What a page says of the next one. `what` names the part that can't be read, never its text. */
export type NextPage =
  | { readonly found: 'next'; readonly url: URL }
  | { readonly found: 'end' }
  | { readonly found: 'unreadable'; readonly what: string }

/** One way of an API to say where the next page is. One file a style, one line in the registry. */
export interface PaginationStyle<P extends Pagination> {
  readonly style: P['style']
  /** Never throws. The URL may be of any origin: the caller checks. */
  readonly next: (answer: PageAnswer, pagination: P) => NextPage
}
