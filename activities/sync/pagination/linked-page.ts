import type { RelativeTo } from '../../../src/connectors/pagination.js'
import { atPath } from '../../../src/definition/at-path.js'
import type { NextPage, PageAnswer } from './pagination-style.js'

/** A scheme or `//host`: no path. */
const ABSOLUTE = /^(?:[A-Za-z][A-Za-z0-9+.-]*:|[\\/]{2})/

/** The page that a link of an answer leads to. `what` names the link's place for messages. */
export function linkedPage(
  { url, baseUrl, body }: PageAnswer,
  link: string,
  relativeTo: RelativeTo = 'page',
  what: string,
): NextPage {
  const text = link.trim()
  const base = baseOf(relativeTo, url, baseUrl, body)
  if (base === undefined)
    return { found: 'unreadable', what: 'the base that its links are relative to' }
  // A query or fragment alone is of the page itself.
  const below = relativeTo !== 'page' && !ABSOLUTE.test(text) && !/^(?:[?#]|$)/.test(text)
  const [target, against] = below ? [joined(base, text), base] : [text, url]
  if (!URL.canParse(target, against.href)) return { found: 'unreadable', what }
  return { found: 'next', position: { url: new URL(target, against.href) } }
}

function baseOf(relativeTo: RelativeTo, url: URL, baseUrl: URL, body: unknown): URL | undefined {
  if (relativeTo === 'page') return url
  if (relativeTo === 'base-url') return baseUrl
  const told = atPath(body, relativeTo.body)
  return typeof told === 'string' && URL.canParse(told, url.href)
    ? new URL(told, url.href)
    : undefined
}

/** Below the base's path; a path that names it already is as it stands. */
function joined(base: URL, path: string): string {
  const context = base.pathname.replace(/\/+$/, '')
  const whole = path.startsWith('/') ? path : `/${path}`
  const isBelow = context === '' || whole === context || /^[/?#]/.test(whole.slice(context.length))
  return isBelow && whole.startsWith(context) ? whole : `${context}${whole}`
}
