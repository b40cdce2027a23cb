import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { toPlain } from '../contract/foreign-text.js'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** What a page says. Everything is text; it is escaped. */
export interface WebPage {
  readonly status: ContentfulStatusCode
  readonly title: string
  /** One paragraph each: what happened, and what to do next. */
  readonly text: readonly string[]
  /** For a person who is asked what they saw: a stable code. */
  readonly code?: string | undefined
  readonly links?: readonly PageLink[] | undefined
}

export interface PageLink {
  readonly label: string
  readonly url: string
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #555b62; --page: #f6f7f8; --card: #fff; --link: #0b57b0 }
@media (prefers-color-scheme: dark) { :root { --text: #eceef0; --quiet: #a9b0b7; --page: #15181b; --card: #1f2327; --link: #8ab8ff } }
body { margin: 0; padding: 10vh 1rem 2rem; background: var(--page); color: var(--text); font: 1.0625rem/1.55 system-ui, sans-serif }
main { max-width: 32rem; margin: 0 auto; padding: 2rem; background: var(--card); border-radius: .75rem; box-shadow: 0 1px 4px #0002; overflow-wrap: anywhere }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 0 1rem }
a { color: var(--link) }
.code { margin: 1.5rem 0 0; color: var(--quiet); font-size: .875rem }
`
// Whole, since the hash in the headers is of every character between the tags.
const STYLE_ELEMENT = raw(`<style>${STYLE}</style>`)
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Headers of every answer: nothing is stored, framed, sniffed, run or told to the next site. */
export const PAGE_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
} as const

/** A small page that needs nothing but itself: no script, no other resource. */
export function sendPage(c: Context, page: WebPage): Response | Promise<Response> {
  const { status, code } = page
  const title = toPlain(page.title)
  const text = page.text.map((line) => toPlain(line))
  const links = (page.links ?? []).map(({ label, url }) => ({ label: toPlain(label), url }))
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title}</title>
          ${STYLE_ELEMENT}
        </head>
        <body>
          <main>
            <h1>${title}</h1>
            ${text.map((line) => html`<p>${line}</p>`)}
            ${links.map(({ label, url }) => html`<p><a href="${url}">${label}</a></p>`)}
            ${code === undefined ? '' : html`<p class="code">Code: <code>${code}</code></p>`}
          </main>
        </body>
      </html>`,
    status,
    PAGE_HEADERS,
  )
}
