import type { IncomingMessage } from 'node:http'
import type { AuthDefinition } from '../../src/connectors/index.js'
import type { AuthorizationServer } from '../fixtures/authorization-server.js'
import { startLoopbackServer } from '../fixtures/loopback-server.js'

/** An upstream that asks the authorization server about every token. */
export async function oauthCase(
  server: AuthorizationServer,
  auth: AuthDefinition,
  clientSecret: string,
) {
  const upstream = await startUpstream(async ({ headers }) => {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
    return token !== undefined && (await server.isActive(token))
  })
  const stop = async (): Promise<void> => {
    await upstream.stop()
    await server.stop()
  }
  return { auth, url: upstream.url, stop, canaries: [clientSecret] }
}

/** A real upstream that lets some requests through and answers others by 401. */
export async function startUpstream(
  lets: (request: IncomingMessage) => boolean | Promise<boolean>,
) {
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    response.writeHead((await lets(request)) ? 200 : 401).end()
  })
  return { url: `${origin}/me`, stop }
}
