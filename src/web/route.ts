import type { Context } from 'hono'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { AuthorizationHandlerOptions } from './authorization-handler.js'
import type { BindingCookies } from './binding-cookies.js'
import { failurePage } from './failure-page.js'
import { PAGE_HEADERS, type WebPage, sendPage } from './page.js'
import type { PublicUrl } from './public-url.js'

/** What both addresses of a handler know. */
export interface Route extends Omit<AuthorizationHandlerOptions, 'publicUrl'> {
  readonly callbackPath: string
  readonly publicUrl: PublicUrl
  readonly cookies: BindingCookies
}

export function redirectUriOf({ publicUrl, callbackPath }: Route, connector: string): string {
  return `${publicUrl.base}${callbackPath.replace(':connector', connector)}`
}

export function startUrlOf({ publicUrl }: Route, { connector, account }: ConnectionRef): string {
  return `${publicUrl.base}/start/${connector}/${encodeURIComponent(account)}`
}

export function authorizationRefused(code: string, connection?: ConnectionRef): TokenkeeperError {
  const name = connection === undefined ? undefined : formatConnection(connection)
  return new TokenkeeperError(code, `The authorization was refused: ${code}.`, name)
}

/** Why an authorization could not be begun; what the keeper answers then means something else at its end. */
export function beginFailure(error: unknown): unknown {
  if (!(error instanceof TokenkeeperError)) return error
  const { code, message, connection } = error
  if (code === 'Refused') return new TokenkeeperError('TooMany', message, connection)
  if (code === 'StillTrying') return new TokenkeeperError('NotBegun', message, connection)
  return error
}

/** A page with the link home, where there is one. */
export function answer(c: Context, route: Route, page: WebPage): Response | Promise<Response> {
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

/** Answers HEAD and a browser's prefetch without doing anything, and methods other than GET with 405; undefined for a visit. */
export function answerNoVisit(c: Context, route: Route): Response | Promise<Response> | undefined {
  // hono answers HEAD with the GET handler, which would use the authorization up.
  const { method } = c.req.raw
  if (method === 'HEAD') return c.body(null, 200, PAGE_HEADERS)
  if (method === 'GET')
    return c.req.header('sec-purpose')?.startsWith('prefetch') === true
      ? c.body(null, 503, PAGE_HEADERS)
      : undefined
  c.header('Allow', 'GET, HEAD')
  return answer(c, route, {
    status: 405,
    title: 'This address only takes GET',
    text: ['Open it in a browser, from the link that the application shows.'],
  })
}
