import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { toPlain } from '../../contract/foreign-text.js'
import type { ConsolePerson } from '../site/console-options.js'
import { type ConsoleContext, type ConsoleSite, pathOf } from '../site/console-site.js'
import { CONSOLE_SCRIPT, PART_HEADER } from './live-script.js'
import { CONSOLE_ICON, CONSOLE_STYLE } from './style.js'

/** A page as it is made: everything of it may be drawn again while somebody looks. */
export interface View {
  readonly title: string
  readonly body: Child
  readonly status?: ContentfulStatusCode | undefined
  /** What was just done: it stands above, and goes when what is below has changed. */
  readonly done?: string | undefined
  /** The page draws itself again when what it shows has changed. */
  readonly live?: boolean | undefined
}

/** Tells contents apart; in the name of a file it lets browsers keep that until its content is another one. */
export function contentVersion(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 12)
}

export const ASSETS = {
  style: {
    path: `/assets/${contentVersion(CONSOLE_STYLE)}.css`,
    type: 'text/css; charset=utf-8',
    content: CONSOLE_STYLE,
  },
  script: {
    path: `/assets/${contentVersion(CONSOLE_SCRIPT)}.js`,
    type: 'text/javascript; charset=utf-8',
    content: CONSOLE_SCRIPT,
  },
  icon: {
    path: `/assets/${contentVersion(CONSOLE_ICON)}.svg`,
    type: 'image/svg+xml',
    content: CONSOLE_ICON,
  },
} as const

const PAGES = [
  ['/', 'Connections'],
  ['/syncs', 'Syncs'],
  ['/fleet', 'Fleet'],
] as const

/** Answers with a page of the console, or with its changing part alone. */
export async function sendView(
  c: ConsoleContext,
  site: ConsoleSite,
  view: View,
): Promise<Response> {
  const status = view.status ?? 200
  // One string, so that the stream can compare the content that it fetches with the one that is shown.
  const content = String(await (<>{view.body}</>))
  if (c.req.header(PART_HEADER) === 'main') return c.html(content, status)
  const person = c.get('person') as ConsolePerson | undefined
  // What went wrong before anybody was known to be signed in.
  if (person === undefined)
    return await sendBarePage(c, site, view.body, { title: view.title, status })
  const { name, role } = person
  const path = c.req.path.slice(site.place.basePath.length)
  const live =
    view.live === true
      ? pathOf(
          site,
          `/live?page=${encodeURIComponent(`${path}${new URL(c.req.url).search}`)}&shown=${contentVersion(content)}`,
        )
      : undefined
  return await sendDocument(
    c,
    site,
    view.title,
    status,
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <span class="product">tokenkeeper</span>
        <nav aria-label="Pages">
          {PAGES.map(([to, label]) => (
            <a href={pathOf(site, to)} aria-current={isCurrent(path, to) ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div class="person">
          <span>
            {toPlain(name, 80)} <span class="role">{role}</span>
          </span>
          {site.signIn.kind !== 'own' && (
            <form method="post" action={pathOf(site, '/sign-out')}>
              <FormToken token={c.get('formToken')} />
              <button>Sign out</button>
            </form>
          )}
        </div>
      </header>
      <p class="unseen" role="status" id="announced" />
      {view.done !== undefined && (
        <div class="wide">
          <p class="done" id="done" role="status">
            {view.done}
          </p>
        </div>
      )}
      <main id="main" tabindex={-1} data-live={live}>
        {raw(content)}
      </main>
    </>,
  )
}

function isCurrent(path: string, to: string): boolean {
  if (to === '/') return path === '/' || path === '' || path.startsWith('/connections')
  return path.startsWith(to)
}

/** A page for someone who is not signed in. */
export async function sendBarePage(
  c: Context,
  site: Pick<ConsoleSite, 'place'>,
  body: Child,
  { title, status }: { readonly title: string; readonly status: ContentfulStatusCode },
): Promise<Response> {
  return await sendDocument(
    c,
    site,
    title,
    status,
    <main id="main" class="card">
      {body}
    </main>,
  )
}

async function sendDocument(
  c: Context,
  site: Pick<ConsoleSite, 'place'>,
  title: string,
  status: ContentfulStatusCode,
  body: Child,
): Promise<Response> {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${toPlain(title, 200)} · tokenkeeper`}</title>
        <link rel="icon" href={pathOf(site, ASSETS.icon.path)} />
        <link rel="stylesheet" href={pathOf(site, ASSETS.style.path)} />
        <script src={pathOf(site, ASSETS.script.path)} defer />
      </head>
      <body>{body}</body>
    </html>
  )
  return await c.html(html`<!doctype html>${page}`, status)
}

/** Part of every form: a form of another site has none. */
export function FormToken({ token }: { token: string }) {
  return <input type="hidden" name="form" value={token} />
}
