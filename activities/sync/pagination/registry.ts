import type { Pagination } from '../../../src/connectors/pagination.js'
import { cursorStyle } from './cursor.js'
import { keysetStyle } from './keyset.js'
import { linkHeaderStyle } from './link-header.js'
import { nextUrlStyle } from './next-url.js'
import { offsetStyle } from './offset.js'
import { pageNumberStyle } from './page-number.js'
import type { PaginationStyle } from './pagination-style.js'

/** One line a style. */
const STYLES: {
  readonly [Style in Pagination['style']]: PaginationStyle<Extract<Pagination, { style: Style }>>
} = {
  'link-header': linkHeaderStyle,
  cursor: cursorStyle,
  'next-url': nextUrlStyle,
  offset: offsetStyle,
  'page-number': pageNumberStyle,
  keyset: keysetStyle,
}

/** The style that a definition names. */
export function paginationStyle(pagination: Pagination): PaginationStyle<Pagination> {
  return STYLES[pagination.style] as PaginationStyle<Pagination>
}
