import type { Hono } from 'hono'
import { formatConnection } from '../../contract/connection-ref.js'
import { operatorOf, type ConsoleEnv, type ConsoleSite } from '../site/console-site.js'
import { needOperator } from '../access/need-operator.js'
import { FormToken, sendView } from '../frame/layout.js'
import { connectionOf, connectionPath } from '../frame/parts.js'
import { CONNECTION_ACTIONS, doneName, isConnectionAction } from './connection-actions.js'

/** The buttons of a connection's page. */
export function addActionRoutes(app: Hono<ConsoleEnv>, site: ConsoleSite): void {
  app.get('/connections/:connector/:account/revoke', needOperator(site), async (c) => {
    const ref = connectionOf(c)
    const name = formatConnection(ref)
    const { waiting } = await site.keeper.status(ref.connector, ref.account)
    return await sendView(c, site, {
      title: `Revoke ${name}?`,
      body: (
        <>
          <h1>Revoke {name}?</h1>
          <p>
            Its credential is forgotten, the provider is told that the grant is no longer wanted,
            and every flow that asks is denied{waiting > 0 && `, ${waiting} of them at once`}.
            Connecting it again is the only way back.
          </p>
          <div class="actions">
            <form method="post" action={`${connectionPath(site, ref)}/revoke`}>
              <FormToken token={c.get('formToken')} />
              <button class="danger">Revoke {name}</button>
            </form>
            <a class="button" href={connectionPath(site, ref)}>
              Keep it
            </a>
          </div>
        </>
      ),
    })
  })

  app.post('/connections/:connector/:account/:action', needOperator(site), async (c, next) => {
    const action = c.req.param('action')
    if (!isConnectionAction(action)) {
      await next()
      return undefined
    }
    const ref = connectionOf(c)
    const options = { actor: operatorOf(c.get('person')) }
    const result = await CONNECTION_ACTIONS[action].act(site.keeper, ref, options)
    return c.redirect(`${connectionPath(site, ref)}?done=${doneName(action, result)}`, 303)
  })
}
