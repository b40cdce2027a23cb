import LinkHeader from 'http-link-header'
import type { LinkHeaderPagination } from '../../../src/connectors/connector.js'
import { firstOf } from '../../http/upstream-answers.js'
import type { PaginationStyle } from './pagination-style.js'

/** `Link: <…>; rel="next"` (RFC 8288). A relative link is resolved against the page's own URL. */
export const linkHeaderStyle: PaginationStyle<LinkHeaderPagination> = {
  style: 'link-header',
  next: ({ headers, url }, { rel }) => {
    const header = firstOf(headers.link)
    if (header === undefined) return undefined
    const uri = LinkHeader.parse(header).rel(rel)[0]?.uri
    return uri !== undefined && URL.canParse(uri, url.href) ? new URL(uri, url) : undefined
  },
}
