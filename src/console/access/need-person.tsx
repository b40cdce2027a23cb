import type { Context, MiddlewareHandler } from 'hono'
import type { ConsolePerson } from '../site/console-options.js'
import { type ConsoleEnv, type ConsoleSite, pathOf } from '../site/console-site.js'
import { urlOfThisSite } from '../../web/public-url.js'
import { sendBarePage } from '../frame/layout.js'
import { PART_HEADER } from '../frame/live-script.js'

/** Nobody passes who is not signed in. */
export function needPerson(site: ConsoleSite): MiddlewareHandler<ConsoleEnv> {
  const { sessions } = site
  return async (c, next) => {
    const person = await personOf(c.req.raw, site)
    if (person === undefined) return await askToSignIn(c, site)
    c.set('person', person)
    c.set('formToken', sessions.formToken(c.req.raw, person))
    await next()
    return undefined
  }
}

/** Who asks; undefined for nobody. */
export async function personOf(
  request: Request,
  { signIn, sessions }: Pick<ConsoleSite, 'signIn' | 'sessions'>,
): Promise<ConsolePerson | undefined> {
  return signIn.kind === 'own' ? await signIn.personOf(request) : await sessions.read(request)
}

async function askToSignIn(c: Context, site: ConsoleSite): Promise<Response> {
  if (c.req.header(PART_HEADER) !== undefined || c.req.method !== 'GET')
    return c.text('Sign in first.', 401)
  const { signIn } = site
  if (signIn.kind !== 'own')
    return c.redirect(`${pathOf(site, '/sign-in')}?next=${encodeURIComponent(ownPath(c))}`, 303)
  return await sendBarePage(
    c,
    site,
    <>
      <h1>Sign in first</h1>
      <p>Only people who are signed in to the application see this console.</p>
      {signIn.signInUrl !== undefined && (
        <a class="button primary" href={signIn.signInUrl}>
          Sign in
        </a>
      )}
    </>,
    { title: 'Sign in first', status: 401 },
  )
}

function ownPath(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  return `${pathname}${search}`
}

/** Where somebody wanted to go before signing in: a path of this console, else its first page. */
export function wantedPath(site: ConsoleSite, path: unknown): string {
  const first = pathOf(site, '/')
  const url = urlOfThisSite(path, site.place)
  if (url === undefined) return first
  const { pathname, search } = new URL(url)
  // As a place to go to, a path that begins with `//` names another host (RFC 3986 section 4.2).
  if (!pathname.startsWith(first) || pathname.startsWith('//')) return first
  // A form may not lead on to a provider (`form-action`): the page with the link to it has to do.
  const start = pathOf(site, '/start/')
  if (pathname.startsWith(start))
    return pathOf(site, `/connections/${pathname.slice(start.length)}`)
  return `${pathname}${search}`
}
