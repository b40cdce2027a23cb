import type { IncomingMessage } from 'node:http'
import type { AuthDefinition } from '../../src/connectors/index.js'
import type { AuthorizationServer } from '../fixtures/authorization-server.js'
import { startLoopbackServer } from '../fixtures/loopback-server.js'

/** An upstream that asks the authorization server about every token. */
export async function oauthCase(
  server: AuthorizationServer,
  auth: AuthDefinition,
  clientId: string,
  clientSecret: string,
) {
  const upstream = await startUpstream(async ({ headers }) => {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
    if (token === undefined) return false
    const pair = { token, client_id: clientId, client_secret: clientSecret }
    const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
    const basicPair = Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')
    const post =
      'clientAuthentication' in auth && auth.clientAuthentication !== 'client_secret_basic'
    const response = await fetch(server.introspectionUrl, {
      method: 'POST',
      headers: post ? {} : { authorization: `Basic ${basicPair}` },
      body: new URLSearchParams(post ? pair : { token }),
    })
    return ((await response.json()) as { active?: boolean }).active === true
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
