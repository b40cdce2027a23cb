import { type Context, Hono } from 'hono'
import type { AuthorizationHandler, AuthorizationHandlerOptions } from './authorization-handler.js'
import { createBindingCookies } from './binding-cookies.js'
import { callbackRoute, startRoute } from './authorization-routes.js'
import { checkCallbackPath, checkLink, readPublicUrl } from './public-url.js'
import { answer, type Route } from './route.js'

/**
 * Makes the HTTP side of authorizations (RFC 6749 section 4.1) for a server of the user's own: sends
 * a browser to the provider and takes it back. Every way it can end has a page that says what happened
 * and what to do next. It writes no log.
 * @throws TypeError for options that are none
 */
export function createAuthorizationHandler(
  options: AuthorizationHandlerOptions,
): AuthorizationHandler {
  const { callbackPath = '/callback', mayConnect } = options
  const publicUrl = readPublicUrl(options.publicUrl)
  checkCallbackPath(callbackPath)
  if (options.home !== undefined) checkLink('home.url', options.home.url, publicUrl)
  // Without types a handler that lets everyone connect would be one forgotten line away.
  if (typeof (mayConnect as unknown) !== 'function')
    throw new TypeError('mayConnect is missing: it says who may make which connection')
  const route: Route = {
    ...options,
    callbackPath,
    publicUrl,
    cookies: createBindingCookies(publicUrl),
  }

  const app = new Hono()
  app.all('/start/:connector/:account', startRoute(route))
  app.all(callbackPath === '' ? '/' : callbackPath, callbackRoute(route))

  const nothingHere = (c: Context): Response | Promise<Response> =>
    answer(c, route, {
      status: 404,
      title: 'There is nothing here',
      text: ['Check the link, or go back to where it came from.'],
    })
  // At the root it would take the place of the user's own page.
  if (publicUrl.basePath !== '' && callbackPath !== '') app.all('/', nothingHere)
  const root = new Hono().route(publicUrl.basePath === '' ? '/' : publicUrl.basePath, app)
  root.notFound(nothingHere)
  return { app, fetch: async (request) => await root.fetch(request) }
}
