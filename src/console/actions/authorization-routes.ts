import type { Hono } from 'hono'
import { parseConnection } from '../../contract/connection-ref.js'
import { createAuthorizationHandler } from '../../web/create-authorization-handler.js'
import { needPerson, personOf } from '../access/need-person.js'
import { operatorOf, type ConsoleEnv, type ConsoleSite, pathOf } from '../site/console-site.js'
import { connectionPath } from '../frame/parts.js'

/** Authorizations that an operator begins on a connection's page: by consent in this browser. */
export function addAuthorizationRoutes(
  app: Hono<ConsoleEnv>,
  site: ConsoleSite,
  callbackPath = '/callback',
): void {
  const handler = createAuthorizationHandler({
    keeper: site.keeper,
    publicUrl: site.place.base,
    callbackPath,
    mayConnect: async (request) => {
      const person = await personOf(request, site)
      return person?.role === 'operator' && { actor: operatorOf(person) }
    },
    onConnected: ({ connection }) => {
      const ref = parseConnection(connection)
      return ref && `${connectionPath(site, ref)}?done=connected`
    },
    onFailed: (error) => site.onFailed?.(error),
    home: { label: 'Back to the console', url: pathOf(site, '/') },
  })
  app.all('/start/:connector/:account', needPerson(site), (c) => handler.fetch(c.req.raw))
  // The cookie that binds the authorization is what counts here: the session may have ended meanwhile.
  app.all(callbackPath, (c) => handler.fetch(c.req.raw))
}
