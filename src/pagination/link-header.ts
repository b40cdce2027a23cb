import * as z from 'zod'
import { plainText } from '../definition/text-rules.js'
import { headerLines } from '../wire/header-lines.js'
import { linkedPage, linkShape, type RelativeTo } from './linked-page.js'
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

/** One link of a `Link` header. */
export interface Link {
  readonly target: string
  /** Lower case. */
  readonly rels: readonly string[]
  /** The link belongs to another resource than the answer's own. */
  readonly anchor?: string | undefined
}

/** `<…>; rel="next"`, and as many again: what nearly every API sends. */
const ORDINARY = /^<([^<>"]*)>; ?rel="?([A-Za-z -]+)"?$/
const SPACE = /[ \t\r\n]*/y
const NAME = /[^\s=;,"<>]+/y
const UNQUOTED = /[^\s;,"]+/y

/**
 * The links of all `Link` headers of an answer, by the algorithm of RFC 8288 appendix B.2: commas and
 * semicolons inside quotes and targets, several relations, parameters without a value, any case and
 * spacing. What is no link is passed over up to the next comma, so that it takes no other with it.
 * Undefined: there is text and no link in it.
 */
export function parseLinks(
  header: string | readonly string[] | undefined,
): readonly Link[] | undefined {
  const texts = header === undefined ? [] : typeof header === 'string' ? [header] : header
  const links = texts.flatMap(parseField)
  return links.length === 0 && texts.some((text) => /[^\s,]/.test(text)) ? undefined : links
}

function parseField(text: string): readonly Link[] {
  const [, target, rel] = ORDINARY.exec(text) ?? []
  if (target !== undefined && rel !== undefined)
    return [{ target: target.trim(), rels: toRels(rel) }]
  const links: Link[] = []
  let at = 0
  while (at < text.length) {
    at = skipMatch(SPACE, text, at)
    if (text[at] === ',') {
      at += 1
      continue
    }
    const close = text[at] === '<' ? text.indexOf('>', at) : -1
    if (close === -1) {
      at = nextComma(text, at)
      continue
    }
    const target = text.slice(at + 1, close).trim()
    const parameters = new Map<string, string>()
    at = readParameters(text, close + 1, parameters)
    links.push({
      target,
      rels: toRels(parameters.get('rel') ?? ''),
      anchor: parameters.get('anchor'),
    })
  }
  return links
}

/** Of each name the first counts (RFC 8288 section 3.3). Ends at a comma or at the end. */
function readParameters(text: string, start: number, into: Map<string, string>): number {
  let at = start
  while (at < text.length) {
    at = skipMatch(SPACE, text, at)
    if (text[at] === ',') return at
    if (text[at] === ';') {
      at += 1
      continue
    }
    const named = skipMatch(NAME, text, at)
    if (named === at) {
      at += 1
      continue
    }
    const name = text.slice(at, named).toLowerCase()
    at = skipMatch(SPACE, text, named)
    let value = ''
    if (text[at] === '=') {
      at = skipMatch(SPACE, text, at + 1)
      if (text[at] === '"') {
        const quoted = readQuoted(text, at)
        ;({ value } = quoted)
        at = quoted.end
      } else {
        const end = skipMatch(UNQUOTED, text, at)
        value = text.slice(at, end).replace(/^'(.*)'$/, '$1')
        at = end
      }
    }
    if (!into.has(name)) into.set(name, value)
  }
  return at
}

/** A quote that is never closed ends with its header. */
function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = ''
  let at = start + 1
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\') at += 1
    value += text[at] ?? ''
    at += 1
  }
  return { value, end: at + 1 }
}

function toRels(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((rel) => rel !== '')
}

function nextComma(text: string, from: number): number {
  const comma = text.indexOf(',', from)
  return comma === -1 ? text.length : comma + 1
}

/** Where a run of characters ends that a sticky pattern takes. */
function skipMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
