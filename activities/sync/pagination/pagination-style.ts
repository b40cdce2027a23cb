import type { HeaderLines } from '../../../src/wire/header-lines.js'
import type { Pagination } from '../../../src/connectors/pagination.js'
import type { Position } from '../position.js'

/** A page as it came. */
export interface PageAnswer {
  /** Where it came from after redirects, without credential. */
  readonly url: URL
  /** The connector's, filled in. */
  readonly baseUrl: URL
  /** What it was asked for with. */
  readonly asked: Position
  /** The first page of all: what it was asked for with is the sync's own input. */
  readonly isFirst: boolean
  readonly headers: HeaderLines
  /** The JSON as it came, before the endpoint's schema. */
  readonly body: unknown
  readonly records: readonly unknown[]
  /** It has no list, and says in its way that there is nothing: counts and flags may be left out with it. */
  readonly isNothing?: boolean
  /** The status of an answer without any content, such as 204. */
  readonly bare?: number
}

/**
 * What a page says of the next one. `unreadable`: `what` names the part that does not tell it.
 * `stuck`: `why` says in a sentence why going on would lose or double records. Neither repeats a value.
 */
export type NextPage =
  | { readonly found: 'next'; readonly position: Position; readonly repeated?: ReadonlySet<number> }
  /** `repeated`: which records of this page the one before it had already, counted from 0. */
  | {
      readonly found: 'end'
      readonly repeated?: ReadonlySet<number>
      /** Why this may not be the last page after all: told as a warning. */
      readonly doubt?: string
      /** It is empty and names itself. */
      readonly repeats?: boolean
    }
  | { readonly found: 'unreadable'; readonly what: string }
  | { readonly found: 'stuck'; readonly why: string }

/** A place of an answer; its name is of the definition. */
export interface ToldPlace {
  readonly name: string
  readonly isThere: boolean
}

/** One way of an API to say where the next page is. One file a style, one line in the registry. */
export interface PaginationStyle<P extends Pagination> {
  readonly style: P['style']
  /** The first page, as the style asks for it. Absent: as the sync's input says. */
  readonly first?: (input: Position, pagination: P, baseBody: unknown) => Position
  /** Never throws. The URL may be of any origin: the caller checks. */
  readonly next: (answer: PageAnswer, pagination: P) => NextPage
  /**
   * Where a page tells the next one: `isThere` also where there is a null or an empty text. Of a place that no
   * page has it is told that it may be misspelt.
   */
  readonly places?: (answer: PageAnswer, pagination: P) => readonly ToldPlace[]
  /** Pages are counted, so that a source which does not look at the count gives one page for ever. */
  readonly isCounted?: (pagination: P) => boolean
}
