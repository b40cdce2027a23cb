import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { KEEPER_TASK_QUEUE } from '../contract/task-queues.js'
import { readPublicUrl } from '../web/public-url.js'
import { door, MAX_FORM_BYTES } from './access/door.js'
import { Sessions } from './site/sessions.js'
import { checkIssuer, OpenIdSignInRoutes } from './access/oidc-sign-in.js'
import { checkTokens, takeToken, tokenSignInPage } from './access/token-sign-in.js'
import { needForm, needOperator } from './access/need-operator.js'
import { needPerson, personOf } from './access/need-person.js'
import { addActionRoutes } from './actions/action-routes.js'
import type { Console, ConsoleOptions } from './site/console-options.js'
import { type ConsoleEnv, type ConsoleSite, pathOf, operatorOf } from './site/console-site.js'
import { connectionPage } from './pages/connection-page.js'
import { connectionsPage } from './pages/connections-page.js'
import { fleetPage } from './pages/fleet-page.js'
import { syncsPage } from './pages/syncs-page.js'
import { FleetFigures } from './visibility/fleet-figures.js'
import { addReplayRoutes } from './actions/replay-routes.js'
import { addCredentialRoutes } from './actions/credential-routes.js'
import { failureView, NOT_FOUND } from './frame/failure-view.js'
import { ASSETS, sendView, type View } from './frame/layout.js'
import { liveRoute } from './frame/live-route.js'
import { parseConnection } from '../contract/connection-ref.js'
import { createAuthorizationHandler } from '../web/create-authorization-handler.js'
import { connectionPath } from './frame/parts.js'

/**
 * Makes the pages for operators: connections, syncs, the fleet. They need a Temporal client, keep nothing
 * of their own, and let nobody in who is not signed in.
 * @throws TypeError for options that are none
 */
export function createConsole(options: ConsoleOptions): Console {
  const { signIn } = options
  const place = readPublicUrl(options.publicUrl)
  if (signIn.kind === 'token') checkTokens(signIn)
  if (signIn.kind === 'oidc') checkIssuer(signIn)
  const { sessionKey: key, sessionLifetimeMs: lifetimeMs } = options
  const site: ConsoleSite = {
    client: options.client,
    keeper: options.keeper,
    onFailed: options.onFailed,
    signIn,
    taskQueue: options.taskQueue ?? KEEPER_TASK_QUEUE,
    place,
    sessions: new Sessions(place, { key, lifetimeMs }),
  }

  const app = new Hono<ConsoleEnv>()
  app.use(door(place), bodyLimit({ maxSize: MAX_FORM_BYTES }))
  for (const { path, type, content } of Object.values(ASSETS))
    app.get(path, (c) =>
      c.body(content, 200, {
        'Content-Type': type,
        'Cache-Control': 'public, max-age=31536000, immutable',
      }),
    )
  addSignIn(app, site)
  addAuthorizationRoutes(app, site, options.callbackPath)
  app.use(needPerson(site))
  app.post('/sign-out', needForm(site), (c) => {
    site.sessions.close(c)
    return c.redirect(pathOf(site, '/sign-in'), 303)
  })
  const page = (
    path: string,
    make: (c: Context<ConsoleEnv>, site: ConsoleSite) => Promise<View>,
  ): void => {
    app.get(path, async (c) => await sendView(c, site, await make(c, site)))
  }
  page('/', connectionsPage)
  page('/connections/:connector/:account', connectionPage)
  page('/syncs', syncsPage)
  addReplayRoutes(app, site)
  const fleet = new FleetFigures(site)
  page('/fleet', (c) => fleetPage(c, site, fleet))
  app.post('/fleet/survey', needOperator(site), (c) => {
    fleet.startSurvey((error) => options.onFailed?.(error))
    return c.redirect(pathOf(site, '/fleet'), 303)
  })
  addCredentialRoutes(app, site)
  addActionRoutes(app, site)

  app.get(
    '/live',
    liveRoute(site, (request) => root.fetch(request)),
  )
  app.all('*', async (c) => await sendView(c, site, NOT_FOUND))
  app.onError(async (error, c) => {
    options.onFailed?.(error)
    return await sendView(c, site, failureView(error))
  })
  // Routes are copied when they are mounted: what is added later would be missing.
  const root = new Hono().route(place.basePath === '' ? '/' : place.basePath, app)
  return { app: app as unknown as Hono, fetch: async (request) => await root.fetch(request) }
}

function addSignIn(app: Hono<ConsoleEnv>, site: ConsoleSite): void {
  const { signIn } = site
  switch (signIn.kind) {
    case 'token':
      app.get('/sign-in', tokenSignInPage(site))
      app.post('/sign-in', takeToken(site, signIn))
      return
    case 'oidc': {
      const routes = new OpenIdSignInRoutes(site, signIn)
      app.get('/sign-in', routes.page)
      app.get('/sign-in/start', routes.start)
      app.get('/sign-in/callback', routes.callback)
      return
    }
    case 'own':
      return
  }
}

/** Authorizations that an operator begins on a connection's page: by consent in this browser. */
function addAuthorizationRoutes(
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
