import type { IncomingHttpHeaders } from 'node:http'
import type { Pagination } from '../../../src/connectors/pagination.js'
import type { Position } from '../position.js'

/** A page as it came. */
export interface PageAnswer {
  /** Where it came from after redirects, without credential. */
  readonly url: URL
  /** What it was asked for with. */
  readonly asked: Position
  /** The first page of all: what it was asked for with is the sync's own input. */
  readonly isFirst: boolean
  readonly headers: IncomingHttpHeaders
  /** The JSON as it came, before the endpoint's schema. */
  readonly body: unknown
  readonly records: readonly unknown[]
}

/**
 * What a page says of the next one. `unreadable`: `what` names the part that does not tell it.
 * `stuck`: `why` says in a sentence why going on would lose or double records. Neither repeats a value.
 */
export type NextPage =
  | { readonly found: 'next'; readonly position: Position; readonly repeated?: ReadonlySet<number> }
  /** `repeated`: which records of this page the one before it had already, counted from 0. */
  | { readonly found: 'end'; readonly repeated?: ReadonlySet<number> }
  | { readonly found: 'unreadable'; readonly what: string }
  | { readonly found: 'stuck'; readonly why: string }

/** One way of an API to say where the next page is. One file a style, one line in the registry. */
export interface PaginationStyle<P extends Pagination> {
  readonly style: P['style']
  /** The first page, as the style asks for it. Absent: as the sync's input says. */
  readonly first?: (input: Position, pagination: P, baseBody: unknown) => Position
  /** Never throws. The URL may be of any origin: the caller checks. */
  readonly next: (answer: PageAnswer, pagination: P) => NextPage
  /** Pages are counted, so that a source which does not look at the count gives one page for ever. */
  readonly isCounted?: (pagination: P) => boolean
}
