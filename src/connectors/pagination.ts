/** Where a request takes a value: a query parameter, a header, or a path in its JSON body (for POST). */
export type RequestPlace =
  { readonly query: string } | { readonly header: string } | { readonly body: string }

/** Where an answer tells a value: a path in its JSON body, or a header. */
export type AnswerPlace = { readonly body: string } | { readonly header: string }

/** Pagination as data; further styles join this union. */
export type Pagination =
  | LinkHeaderPagination
  | CursorPagination
  | NextUrlPagination
  | OffsetPagination
  | PageNumberPagination
  | KeysetPagination

export interface LinkHeaderPagination {
  readonly style: 'link-header'
  /** Default `next`. */
  readonly rel: string
  readonly relativeTo?: RelativeTo
  readonly paths?: readonly string[]
}

/**
 * What a relative link stands for. `page`, the default: it is resolved against the page's own URL, as
 * browsers do. `base-url`: a path is below the connector's base URL (`/rest/items` of
 * `https://host/wiki` is `/wiki/rest/items`). Or the path of a base that the answer names
 * (`{ body: '_links.base' }`); that must be of one of the connector's origins.
 */
export type RelativeTo = 'page' | 'base-url' | { readonly body: string }

export interface CursorPagination {
  readonly style: 'cursor'
  /** Where a page tells the cursor of the next one; nothing there: it was the last. */
  readonly from: AnswerPlace
  readonly to: RequestPlace
  /** Path of a flag that says whether there are more: then the cursor alone does not end the reading. */
  readonly more?: string
  /** Path of a flag that is true on the last page (`end_of_stream`); in place of `more`. */
  readonly end?: string
  /** The cursor stands alone: the sync's own input is sent with the first page only. */
  readonly alone?: true
}

export interface NextUrlPagination {
  readonly style: 'next-url'
  /** Path of the next page's URL, absolute or relative; nothing there: it was the last. */
  readonly path: string
  readonly relativeTo?: RelativeTo
  /**
   * Paths below the base URL that a place in a sync's input may name beside the endpoint's own
   * (`/orders/pages`, and all below it). Links of answers may lead anywhere on the connector's origins.
   */
  readonly paths?: readonly string[]
}

/** How many records a page is asked for. */
export interface PageSize {
  /** Absent: the API has one size, which can't be chosen. */
  readonly param?: RequestPlace
  readonly value: number
}

/**
 * How the last page is told. `empty-page` costs one request more and believes nothing; `short-page`
 * needs a size that the API keeps to.
 */
export type StopRule =
  | 'empty-page'
  | 'short-page'
  /** Number of all records. */
  | { readonly total: AnswerPlace }
  /** Path of a flag that says whether there are more. */
  | { readonly more: string }
  /** Path of a flag that is true on the last page. */
  | { readonly end: string }

export interface OffsetPagination {
  readonly style: 'offset'
  readonly param: RequestPlace
  readonly size?: PageSize
  readonly stop: StopRule
}

export interface PageNumberPagination {
  readonly style: 'page-number'
  readonly param: RequestPlace
  /** The number of the first page. */
  readonly first: number
  readonly size?: PageSize
  readonly stop:
    | StopRule
    /** Number of all pages. */
    | { readonly pages: AnswerPlace }
}

/** One part of the key that records are in order of. */
export interface KeysetKey {
  readonly param: RequestPlace
  /** Path in a record of what goes into `param`. */
  readonly field: string
}

export interface KeysetPagination {
  readonly style: 'keyset'
  /** Together unique, unless `inclusive`. */
  readonly by: readonly KeysetKey[]
  /** The API gives the records of the key itself again, so that they are told apart by id. */
  readonly inclusive?: {
    /** Path of a record's id. */
    readonly id: string
    /** Skips records inside one value of the key, where a page can be full of it. */
    readonly offset?: RequestPlace
  }
  readonly size?: PageSize
  readonly stop: Exclude<StopRule, { readonly total: AnswerPlace }>
}

/** A name alone is a query parameter. */
export type Param = string | RequestPlace

export interface SizeOption {
  readonly param?: Param
  readonly value: number
}

/** Pages that name the next one in a `Link` header (RFC 8288). */
export function linkHeader(
  options: Partial<Omit<LinkHeaderPagination, 'style'>> = {},
): LinkHeaderPagination {
  return { style: 'link-header', ...options, rel: options.rel ?? 'next' }
}

/**
 * Pages that tell a cursor for the next one:
 * `cursor({ from: { body: 'meta.next' }, to: { query: 'cursor' }, more: 'meta.has_more' })`.
 */
export function cursor(options: Omit<CursorPagination, 'style'>): CursorPagination {
  return { style: 'cursor', ...options }
}

/** Pages that hold the URL of the next one: `nextUrl({ path: 'links.next' })`. */
export function nextUrl(options: Omit<NextUrlPagination, 'style'>): NextUrlPagination {
  return { style: 'next-url', ...options }
}

/**
 * Pages that are asked for by how many records come before them:
 * `offset({ param: 'offset', size: { param: 'limit', value: 100 }, stop: { total: { body: 'total' } } })`.
 * Records that come or go while it reads move all later ones: some may be doubled or left out.
 */
export function offset(options: {
  readonly param: Param
  readonly size?: SizeOption
  /** Default `empty-page`. */
  readonly stop?: OffsetPagination['stop']
}): OffsetPagination {
  const { param, size, stop = 'empty-page' } = options
  return { style: 'offset', param: toPlace(param), ...sized(size), stop }
}

/**
 * Pages that are asked for by number: `pageNumber({ param: 'page', stop: { pages: { body: 'pages' } } })`.
 * Records that come or go while it reads move all later ones: some may be doubled or left out.
 */
export function pageNumber(options: {
  readonly param: Param
  /** Default 1. */
  readonly first?: number
  readonly size?: SizeOption
  /** Default `empty-page`. */
  readonly stop?: PageNumberPagination['stop']
}): PageNumberPagination {
  const { param, first = 1, size, stop = 'empty-page' } = options
  return { style: 'page-number', param: toPlace(param), first, ...sized(size), stop }
}

/**
 * Records in ascending order of a key, asked for from the last one that was read:
 * `keyset({ by: { param: 'since_id', field: 'id' } })`. A timestamp is no unique key: give a second one,
 * `by: [{ param: 'updated_after', field: 'updated_at' }, { param: 'id_after', field: 'id' }]`, or, where
 * the API gives the records of that moment again, say `inclusive: { id: 'id' }` and a size.
 */
export function keyset(options: {
  readonly by: KeyOption | readonly KeyOption[]
  readonly inclusive?: { readonly id: string; readonly offset?: Param }
  readonly size?: SizeOption
  /** Default `empty-page`. */
  readonly stop?: KeysetPagination['stop']
}): KeysetPagination {
  const { inclusive, size, stop = 'empty-page' } = options
  const by = [options.by].flat() as readonly KeyOption[]
  return {
    style: 'keyset',
    by: by.map(({ param, field }) => ({ param: toPlace(param), field })),
    ...(inclusive === undefined ? {} : { inclusive: toInclusive(inclusive) }),
    ...sized(size),
    stop,
  }
}

export interface KeyOption {
  readonly param: Param
  readonly field: string
}

function toInclusive({ id, offset }: { readonly id: string; readonly offset?: Param }) {
  return offset === undefined ? { id } : { id, offset: toPlace(offset) }
}

function toPlace(param: Param): RequestPlace {
  return typeof param === 'string' ? { query: param } : param
}

function sized(size: SizeOption | undefined): { readonly size?: PageSize } {
  if (size === undefined) return {}
  const { param, value } = size
  return { size: param === undefined ? { value } : { param: toPlace(param), value } }
}
