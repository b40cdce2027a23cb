import type { Handler } from 'hono'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../contract/connection-ref.js'
import type { ConnectDecision } from './authorization-handler.js'
import { PAGE_HEADERS, type WebPage } from './page.js'
import {
  answer,
  answerFailure,
  answerNoVisit,
  beginFailure,
  redirectUriOf,
  authorizationRefused,
  type Route,
  startUrlOf,
} from './route.js'

/** `GET /start/:connector/:account`: begins an authorization and sends the browser to the provider. */
export function startRoute(route: Route): Handler {
  return async (c) => {
    const other = answerNoVisit(c, route)
    if (other !== undefined) return await other
    const ref = parseConnection(`${c.req.param('connector') ?? ''}/${c.req.param('account') ?? ''}`)
    if (ref === undefined)
      return await answerFailure(c, route, authorizationRefused('InvalidConnection'), undefined)
    try {
      const begin = toOptions(await route.mayConnect(c.req.raw, ref))
      if (begin === undefined) throw authorizationRefused('NotAllowed', ref)
      // Any page of the web can lead a signed-in person here; whether to go on is theirs to say.
      if (c.req.header('sec-fetch-site') === 'cross-site')
        return await answer(c, route, confirmPage(ref, startUrlOf(route, ref)))
      const { url, state, binding } = await route.keeper
        .beginAuthorization(ref.connector, ref.account, {
          ...begin,
          redirectUri: redirectUriOf(route, ref.connector),
        })
        .catch((error: unknown) => {
          throw beginFailure(error)
        })
      for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value)
      route.cookies.set(c, state, binding)
      return c.redirect(url, 303)
    } catch (error) {
      return await answerFailure(c, route, error, ref)
    }
  }
}

function toOptions(decision: unknown): Exclude<ConnectDecision, boolean> | undefined {
  if (decision === true) return {}
  return typeof decision === 'object' && decision !== null ? decision : undefined
}

function confirmPage(ref: ConnectionRef, url: string): WebPage {
  return {
    status: 200,
    title: `Connect ${formatConnection(ref)}?`,
    text: [
      'Another site led you here. If you want to give this application access to your account, go on; if not, close this page.',
    ],
    links: [{ label: 'Go on', url }],
  }
}
