import type { Pagination } from '../../../src/connectors/connector.js'
import { linkHeaderStyle } from './link-header.js'
import type { PaginationStyle } from './pagination-style.js'

/** One line a style. */
const STYLES: {
  readonly [Style in Pagination['style']]: PaginationStyle<Extract<Pagination, { style: Style }>>
} = {
  'link-header': linkHeaderStyle,
}

/** The style that a definition names. */
export function paginationStyle(pagination: Pagination): PaginationStyle<Pagination> {
  return STYLES[pagination.style]
}
