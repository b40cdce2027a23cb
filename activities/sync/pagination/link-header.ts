import type { LinkHeaderPagination } from '../../../src/connectors/pagination.js'
import { headerLines } from '../../../src/wire/header-lines.js'
import { linkedPage } from './linked-page.js'
import type { PaginationStyle } from './pagination-style.js'
import { parseLinks } from './parse-links.js'

/** `Link: <…>; rel="next"` (RFC 8288). A relative link is resolved against the page's own URL. */
export const linkHeaderStyle: PaginationStyle<LinkHeaderPagination> = {
  style: 'link-header',
  places: ({ headers }) => [
    { name: 'a Link header', isThere: headerLines(headers, 'link').length > 0 },
  ],
  next: (answer, { rel, relativeTo }) => {
    const links = parseLinks(headerLines(answer.headers, 'link'))
    if (links === undefined) return { found: 'unreadable', what: 'its Link header' }
    const wanted = rel.toLowerCase()
    const fitting = links.filter(({ rels }) => rels.includes(wanted))
    // One with an anchor speaks of another resource (RFC 8288 section 3.2): it counts where no other does.
    const link = fitting.find(({ anchor }) => anchor === undefined) ?? fitting[0]
    return link === undefined
      ? { found: 'end' }
      : linkedPage(answer, link.target, relativeTo, 'its Link header')
  },
}
