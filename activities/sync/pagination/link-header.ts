import LinkHeader from 'http-link-header'
import type { LinkHeaderPagination } from '../../../src/connectors/pagination.js'
import type { PaginationStyle } from './pagination-style.js'

/** `Link: <…>; rel="next"` (RFC 8288). A relative link is resolved against the page's own URL. */
export const linkHeaderStyle: PaginationStyle<LinkHeaderPagination> = {
  style: 'link-header',
  next: ({ headers, url }, { rel }) => {
    const header = [headers.link].flat().join(', ')
    if (header === '') return { found: 'end' }
    try {
      const [link] = LinkHeader.parse(header).rel(rel)
      if (link === undefined) return { found: 'end' }
      return { found: 'next', position: { url: new URL(link.uri, url.href) } }
    } catch {
      return { found: 'unreadable', what: 'its Link header' }
    }
  },
}
