import * as z from 'zod'
import { atPath } from '../definition/at-path.js'
import { jsonPath } from '../definition/text-rules.js'
import type { NextPage, PageAnswer } from './style.js'

/**
 * What a relative link stands for. `page`, the default: it is resolved against the page's own URL, as
 * browsers do. `base-url`: a path is below the connector's base URL (`/rest/items` of
 * `https://host/wiki` is `/wiki/rest/items`). Or the path of a base that the answer names
 * (`{ body: '_links.base' }`); that must be of one of the connector's origins.
 */
export type RelativeTo = 'page' | 'base-url' | { readonly body: string }

/** What the styles share whose pages name the URL of the next one. */
export const linkShape = {
  relativeTo: z.exactOptional(
    z.union([z.enum(['page', 'base-url']), z.strictObject({ body: jsonPath })], {
      message: `must be 'page', 'base-url' or { body: 'path of the base' }`,
    }),
  ),
  paths: z.exactOptional(
    z
      .array(
        z.string().regex(/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/, {
          message: 'must be a path below the base URL, as in /orders/pages',
        }),
      )
      .min(1),
  ),
}

/** A scheme or `//host`: no path. */
const ABSOLUTE = /^(?:[A-Za-z][A-Za-z0-9+.-]*:|[\\/]{2})/

/** The page that a link of an answer leads to. `what` says in messages where the link is. */
export function linkedPage(
  { url, baseUrl, body }: PageAnswer,
  link: string,
  relativeTo: RelativeTo = 'page',
  what: string,
): NextPage {
  const text = link.trim()
  const base = baseOf(relativeTo, url, baseUrl, body)
  if (base === undefined)
    return { outcome: 'unreadable', what: 'the base that its links are relative to' }
  // A query or fragment alone is of the page itself.
  const below = relativeTo !== 'page' && !ABSOLUTE.test(text) && !/^(?:[?#]|$)/.test(text)
  const [target, against] = below ? [joined(base, text), base] : [text, url]
  const next = tryUrl(target, against)
  return next === undefined
    ? { outcome: 'unreadable', what }
    : { outcome: 'next', position: { url: next } }
}

/** Read once: `URL.canParse` reads it as well. */
function tryUrl(text: string, base: URL): URL | undefined {
  try {
    return new URL(text, base.href)
  } catch {
    return undefined
  }
}

function baseOf(relativeTo: RelativeTo, url: URL, baseUrl: URL, body: unknown): URL | undefined {
  if (relativeTo === 'page') return url
  if (relativeTo === 'base-url') return baseUrl
  const named = atPath(body, relativeTo.body)
  return typeof named === 'string' && URL.canParse(named, url.href)
    ? new URL(named, url.href)
    : undefined
}

/** Below the base's path; a path that names it already is as it stands. */
function joined(base: URL, path: string): string {
  const context = base.pathname.replace(/\/+$/, '')
  const whole = path.startsWith('/') ? path : `/${path}`
  const isBelow = context === '' || whole === context || /^[/?#]/.test(whole.slice(context.length))
  return isBelow && whole.startsWith(context) ? whole : `${context}${whole}`
}
