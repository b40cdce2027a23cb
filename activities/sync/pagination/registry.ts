import type { Pagination } from '../../../src/connectors/connector.js'
import { linkHeaderStyle } from './link-header.js'
import type { PaginationStyle } from './pagination-style.js'

const STYLES: { readonly [Style in Pagination['style']]: PaginationStyle } = {
  'link-header': linkHeaderStyle,
}

export function paginationStyle(pagination: Pagination): PaginationStyle {
  return STYLES[pagination.style]
}
