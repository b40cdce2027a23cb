import type { Context, Handler } from 'hono'
import { parseState } from '../client/authorization-state.js'
import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../contract/connection-ref.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { PAGE_HEADERS, type WebPage } from './page.js'
import { urlOfThisSite } from './public-url.js'
import {
  answer,
  answerFailure,
  answerNoVisit,
  authorizationRefused,
  beginFailure,
  redirectUriOf,
  type Route,
  startUrlOf,
} from './route.js'
import type { ConnectDecision } from './authorization-handler.js'

const MAX_QUERY = 8192

/** `GET /callback`: takes the browser back and completes the authorization, once. */
export function callbackRoute(route: Route): Handler {
  return async (c) => {
    const other = answerNoVisit(c, route)
    if (other !== undefined) return await other
    const { search, searchParams } = new URL(c.req.url)
    if (search.length > MAX_QUERY) return await answer(c, route, TOO_LONG)
    const states = searchParams.getAll('state')
    const state = states.length === 1 ? states[0] : undefined
    const ref = parseState(state)?.ref
    try {
      // RFC 6749 section 3.1: twice the same could be read as either.
      const names = [...searchParams.keys()]
      if (state === undefined || ref === undefined || new Set(names).size < names.length)
        throw authorizationRefused('AuthorizationStateUnknown')
      const connector = c.req.param('connector')
      if (connector !== undefined && connector !== ref.connector)
        throw authorizationRefused('IssuerMismatch', ref)
      const binding = route.cookies.read(c, state)
      // Only a browser that was sent out reaches the keeper.
      if (binding === undefined) throw authorizationRefused('AuthorizationOfSomeoneElse', ref)
      const status = await route.keeper.completeAuthorization({
        callback: searchParams,
        binding,
        redirectUri: redirectUriOf(route, ref.connector),
      })
      route.cookies.end(c, state)
      return await answerConnected(c, route, status)
    } catch (error) {
      return await answerFailure(c, route, error, ref)
    }
  }
}

async function answerConnected(
  c: Context,
  route: Route,
  status: ConnectionStatus,
): Promise<Response> {
  const next = await route.onConnected?.(status, c.req.raw)
  if (next === undefined) return await answer(c, route, connectedPage(status))
  const url = urlOfThisSite(next, route.publicUrl)
  if (url === undefined) {
    // It is connected all the same: the person is told so, and stays here.
    const noPath = new TypeError('onConnected must give a path of this site, as /settings')
    route.onFailed?.(noPath, parseConnection(status.connection))
    return await answer(c, route, connectedPage(status))
  }
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value)
  return c.redirect(url, 303)
}

function connectedPage({ connection, account, warnings = [] }: ConnectionStatus): WebPage {
  const whose = account === undefined ? '' : ` as ${account.name}`
  return {
    status: 200,
    title: 'Connected',
    text: [`${connection} is connected${whose}.`, ...warnings, 'You can close this page.'],
  }
}

const TOO_LONG: WebPage = {
  status: 414,
  title: 'This address is too long',
  text: ['Nothing was connected. Go back to the application and start again.'],
}

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
