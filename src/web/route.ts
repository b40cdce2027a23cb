import type { Context } from 'hono'
import { TokenkeeperError } from '../client/tokenkeeper-error.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { AuthorizationHandlerOptions } from './authorization-handler.js'
import type { BindingCookies } from './binding-cookies.js'
import { failurePage } from './failure-page.js'
import { HEADERS, type Page, sendPage } from './page.js'
import type { PublicPlace } from './public-url.js'

/** What both addresses of a handler know. */
export interface Route extends AuthorizationHandlerOptions {
  readonly callbackPath: string
  readonly place: PublicPlace
  readonly cookies: BindingCookies
}

export function redirectUriOf({ place, callbackPath }: Route, connector: string): string {
  return `${place.base}${callbackPath.replace(':connector', connector)}`
}

export function startUrlOf({ place }: Route, { connector, account }: ConnectionRef): string {
  return `${place.base}/start/${connector}/${encodeURIComponent(account)}`
}

export function refused(code: string, connection?: ConnectionRef): TokenkeeperError {
  const name = connection === undefined ? undefined : formatConnection(connection)
  return new TokenkeeperError(code, `The authorization was refused: ${code}.`, name)
}

/** A page with the link home, where there is one. */
export function answer(c: Context, route: Route, page: Page): Response | Promise<Response> {
  const { home } = route
  return sendPage(c, home === undefined ? page : { ...page, links: [...(page.links ?? []), home] })
}

export async function answerFailure(
  c: Context,
  route: Route,
  error: unknown,
  connection: ConnectionRef | undefined,
): Promise<Response> {
  route.onFailed?.(error, connection)
  const again = route.offerNewStart !== false && connection !== undefined
  return await answer(
    c,
    route,
    failurePage(error, again ? startUrlOf(route, connection) : undefined),
  )
}

/** Answers whatever is no visit: HEAD and a browser's look ahead without doing anything, other methods as not allowed. */
export function answerNoVisit(c: Context, route: Route): Response | Promise<Response> | undefined {
  // hono answers HEAD with the GET handler, which would use the authorization up.
  const { method } = c.req.raw
  if (method === 'HEAD') return c.body(null, 200, HEADERS)
  if (method === 'GET')
    return c.req.header('sec-purpose')?.startsWith('prefetch') === true
      ? c.body(null, 503, HEADERS)
      : undefined
  c.header('Allow', 'GET, HEAD')
  return answer(c, route, {
    status: 405,
    title: 'This address only takes GET',
    text: ['Open it in a browser, from the link that the application shows.'],
  })
}
