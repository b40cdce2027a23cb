import * as z from 'zod'
import { plainText } from '../definition/text-rules.js'
import { headerLines } from '../wire/header-lines.js'
import { linkedPage, linkShape, type RelativeTo } from './linked-page.js'
import { parseLinks } from './parse-links.js'
import type { PaginationStyle } from './style.js'

export interface LinkHeaderPagination {
  readonly style: 'link-header'
  /** Default `next`. */
  readonly rel: string
  readonly relativeTo?: RelativeTo | undefined
  readonly paths?: readonly string[] | undefined
}

/** Pages that name the next one in a `Link` header (RFC 8288). */
export function linkHeader(
  options: Partial<Omit<LinkHeaderPagination, 'style'>> = {},
): LinkHeaderPagination {
  return { style: 'link-header', ...options, rel: options.rel ?? 'next' }
}

/** Other names under which an API may give the next page. The last one of all has no link to a next. */
const LIKE_NEXT = /next|more|older|follow|forward|continu/

/** `Link: <…>; rel="next"` (RFC 8288). A relative link is resolved against the page's own URL. */
export const linkHeaderStyle: PaginationStyle<LinkHeaderPagination> = {
  style: 'link-header',
  madeBy: 'linkHeader()',
  schema: z.strictObject({ style: z.literal('link-header'), rel: plainText, ...linkShape }),
  examples: { '': 'paginate: linkHeader()' },
  paths: ({ paths }) => paths,
  reads: ({ headers, records }, { rel }) => {
    const lines = headerLines(headers, 'link')
    // A page without records needs no links.
    if (lines.length === 0) return [{ name: 'a Link header', isThere: records.length === 0 }]
    const rels = (parseLinks(lines) ?? []).flatMap((link) => link.rels)
    const wanted = rel.toLowerCase()
    const isThere = wanted === 'next' ? !rels.some((one) => LIKE_NEXT.test(one)) : false
    return [{ name: `a link of rel '${rel}'`, isThere: isThere || rels.includes(wanted) }]
  },
  next: (answer, { rel, relativeTo }) => {
    const links = parseLinks(headerLines(answer.headers, 'link'))
    if (links === undefined) return { outcome: 'unreadable', what: 'its Link header' }
    const wanted = rel.toLowerCase()
    const fitting = links.filter(({ rels }) => rels.includes(wanted))
    // One with an anchor speaks of another resource (RFC 8288 section 3.2): it counts where no other does.
    const link = fitting.find(({ anchor }) => anchor === undefined) ?? fitting[0]
    return link === undefined
      ? { outcome: 'end' }
      : linkedPage(answer, link.target, relativeTo, 'its Link header')
  },
}
