import type * as z from 'zod'
import type { HeaderLines } from '../wire/header-lines.js'
import type { AnswerField, FieldSet } from './fields.js'
import type { Position } from './position.js'

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
  readonly isNothing?: boolean | undefined
  /** The status of an answer without any content, such as 204. */
  readonly bare?: number | undefined
}

/**
 * What a page says of the next one. `unreadable`: `what` names the part that can't be read.
 * `stuck`: `why` says in a sentence why going on would lose or double records. Neither repeats a value.
 */
export type NextPage =
  | {
      readonly outcome: 'next'
      readonly position: Position
      readonly repeated?: ReadonlySet<number> | undefined
    }
  | {
      readonly outcome: 'end'
      /** Which records of this page the one before it had already, counted from 0. */
      readonly repeated?: ReadonlySet<number> | undefined
      /** Why this may not be the last page after all: shown as a warning. */
      readonly doubt?: string | undefined
      /** It is empty and names itself. */
      readonly repeats?: boolean | undefined
    }
  | { readonly outcome: 'unreadable'; readonly what: string }
  | { readonly outcome: 'stuck'; readonly why: string }

/** A field of an answer in which a style looks for the next page; its name is the definition's. */
export interface FieldRead {
  readonly name: string
  /** True also where the field holds a null or an empty text. */
  readonly isThere: boolean
}

/** What every definition of a style has. */
export interface PaginationLike {
  readonly style: string
}

/**
 * One way of an API to say where the next page is, whole: its definition as data (`schema`), and how it
 * asks for a page and reads where the next one is. One file holds it and the registry has one line for it.
 */
export interface PaginationStyle<P extends PaginationLike = PaginationLike> {
  readonly style: P['style']
  /** The function that makes a definition, for messages: `cursor()`. */
  readonly madeBy: string
  /** A strict object with `style` as a literal. */
  readonly schema: z.ZodType
  /** What right looks like, by path below `paginate`; `''` for the whole, `*` for any member of a list. */
  readonly examples: Readonly<Record<string, string>>
  /** The fields of a request that the style sets: nothing else may use them. Absent: there are none. */
  readonly sets?: (pagination: P) => readonly FieldSet[]
  /** The first page, as the style asks for it. Absent: as the sync's input says. */
  readonly first?: (input: Position, pagination: P, baseBody: unknown) => Position
  /** Never throws. The URL may be of any origin: the caller checks. */
  readonly next: (answer: PageAnswer, pagination: P) => NextPage
  /**
   * The position behind one that is asked for, where it can be known before that page has come: if the page is
   * full. What the page itself says counts.
   */
  readonly guess?: (asked: Position, pagination: P) => Position | undefined
  /** Where a page names the next one. A field that no page has may be misspelt, which a warning says. */
  readonly reads?: (answer: PageAnswer, pagination: P) => readonly FieldRead[]
  /** Pages are counted, so that a source which ignores the count gives one page for ever. */
  readonly isCounted?: (pagination: P) => boolean
  /** Where a page says how many records there are in all, which the style knows from its own rules. */
  readonly total?: (pagination: P) => AnswerField | undefined
  /** Paths below the base URL that a cursor may name beside the endpoint's own. */
  readonly paths?: (pagination: P) => readonly string[] | undefined
  /** The sync's own input is sent with the first page only. */
  readonly isAlone?: (pagination: P) => boolean
}
