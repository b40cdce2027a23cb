import type { MiddlewareHandler } from 'hono'
import type { ConsoleEnv, ConsoleSite } from '../site/console-site.js'
import { sendView } from '../frame/layout.js'

/** Lets through what a form of this session sends. */
export function needForm(site: ConsoleSite): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const { form } = await c.req.parseBody()
    if (site.sessions.isFormToken(c.req.raw, c.get('person'), form)) {
      await next()
      return undefined
    }
    return await sendView(c, site, {
      title: 'This form is too old',
      status: 403,
      body: (
        <>
          <h1>This form is too old</h1>
          <p>
            You have signed in again since it was opened. Nothing was done: go back, load the page
            again and try once more.
          </p>
        </>
      ),
    })
  }
}

/** Lets operators through: what a viewer sends changes nothing. */
export function needOperator(site: ConsoleSite): MiddlewareHandler<ConsoleEnv> {
  const ofThisSession = needForm(site)
  return async (c, next) => {
    if (c.get('person').role === 'operator') {
      if (c.req.method !== 'GET') return await ofThisSession(c, next)
      await next()
      return undefined
    }
    return await sendView(c, site, {
      title: 'You may only look',
      status: 403,
      body: (
        <>
          <h1>You may only look</h1>
          <p>You are signed in as a viewer. Nothing was done. Ask an operator.</p>
        </>
      ),
    })
  }
}
