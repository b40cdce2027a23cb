import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { createBindingCookies } from '../../web/binding-cookies.js'
import { readPublicUrl } from '../../web/public-url.js'
import { door, MAX_FORM_BYTES } from '../access/door.js'
import { ASSETS } from '../frame/layout.js'
import { sendFailure } from './connect-failure.js'
import { type ConnectPages, type ConnectPagesOptions } from './connect-pages-options.js'
import { brandOf, type ConnectSite } from './connect-site.js'
import { consentCallback } from './consent-routes.js'
import { landingRoute, submitRoute } from './landing-route.js'

/**
 * Makes the pages that links of `createConnectLink` lead to: consent at the provider, or a form with the
 * fields that the kind takes. What is entered is sealed in this process, and tried before it is kept.
 * @throws TypeError for options that are none
 */
export function createConnectPages(options: ConnectPagesOptions): ConnectPages {
  const { url } = options.keeper.connectLinks
  if (url === undefined)
    throw new TypeError('Give the TokenkeeperClient of connect pages connectLinks: { url, keys }')
  const place = readPublicUrl(url)
  const site: ConnectSite = { ...options, place, cookies: createBindingCookies(place) }
  // A brand that can't be shown fails at the start, and not before a customer.
  if (typeof options.brand !== 'function') brandOf(site, undefined)

  const app = new Hono()
  app.use(door(place), bodyLimit({ maxSize: MAX_FORM_BYTES }))
  for (const { path, type, content } of [ASSETS.style, ASSETS.icon])
    app.get(path, (c) =>
      c.body(content, 200, {
        'Content-Type': type,
        'Cache-Control': 'public, max-age=31536000, immutable',
      }),
    )
  app.get('/callback', consentCallback(site))
  app.get('/:link', landingRoute(site))
  app.post('/:link', submitRoute(site))
  app.all('*', (c) =>
    sendFailure(c, site, new TokenkeeperError('LinkInvalid', 'There is no page.')),
  )
  app.onError((error, c) => sendFailure(c, site, error))
  const root = new Hono().route(place.basePath === '' ? '/' : place.basePath, app)
  return { app, fetch: async (request) => await root.fetch(request) }
}
