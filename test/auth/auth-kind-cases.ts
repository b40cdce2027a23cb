import type { IncomingMessage } from 'node:http'
import {
  apiKey,
  type AuthDefinition,
  basic,
  clientCredentials,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'
import {
  type AuthorizationServer,
  DEFAULT_CLIENT,
  startAuthorizationServer,
} from '../fixtures/authorization-server.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { startLoopbackServer } from '../fixtures/loopback-server.js'
import type { AuthKindCase } from './auth-kind-suite.js'

const KEY = 'canary-key +/=&é'

export async function apiKeyCase(place: 'header' | 'query'): Promise<AuthKindCase> {
  const auth =
    place === 'header'
      ? apiKey({ in: 'header', name: 'X-Api-Key', prefix: 'Key ' })
      : apiKey({ in: 'query', name: 'api_key' })
  const upstream = await startUpstream(({ headers, url }) =>
    place === 'header'
      ? headers['x-api-key'] === `Key ${KEY}`
      : new URL(url ?? '', 'http://x').searchParams.get('api_key') === KEY,
  )
  return {
    auth,
    ...upstream,
    text: KEY,
    fields: { apiKey: KEY },
    bad: [
      '{"apiKey":""}',
      '{}',
      ...(place === 'header' ? ['canary\r\nx: y', 'canary \u2603'] : []),
    ],
    canaries: [encodeURIComponent(KEY)],
  }
}

export async function basicCase(): Promise<AuthKindCase> {
  const [username, password] = ['canary-user-é', 'canary:pass:\u2603']
  const pair = Buffer.from(`${username}:${password}`).toString('base64')
  const upstream = await startUpstream(({ headers }) => headers.authorization === `Basic ${pair}`)
  return {
    auth: basic(),
    ...upstream,
    text: `${username}:${password}`,
    fields: { username, password },
    bad: [
      'canary-no-password',
      ':canary',
      'canary:a\nb',
      '{"username":"canary:x","password":"canary"}',
      '{"username":"canary"}',
    ],
    canaries: [pair],
  }
}

export async function clientCredentialsCase(
  clientAuthentication: 'client_secret_basic' | 'client_secret_post',
): Promise<AuthKindCase> {
  const clientSecret = 'canary-secret +/=%&'
  const server = await startAuthorizationServer({
    clients: [{ clientId: 'app:1', clientSecret, authMethod: clientAuthentication }],
  })
  const options = { tokenUrl: server.tokenUrl, clientId: 'app:1', clientAuthentication }
  return {
    ...(await oauthCase(server, clientCredentials(options), `app:1`, clientSecret)),
    text: clientSecret,
    fields: { clientSecret },
    bad: ['{}', '{"clientSecret":""}', '{"clientId":"canary"}'],
  }
}

export async function refreshTokenCase(rotation: 'rotating' | 'none'): Promise<AuthKindCase> {
  const server = await startAuthorizationServer({ rotateRefreshToken: rotation === 'rotating' })
  const { clientId, clientSecret } = DEFAULT_CLIENT
  process.env.TEST_AUTH_KIND_CLIENT_SECRET = clientSecret
  const auth = refreshToken({
    tokenUrl: server.tokenUrl,
    clientId,
    clientSecret: secret('env:TEST_AUTH_KIND_CLIENT_SECRET'),
    rotation,
  })
  const base = await oauthCase(server, auth, clientId, clientSecret)
  // Rotation kills a token that is used twice, so every reading of the case gets one of its own.
  const pool: string[] = []
  for (let count = 0; count < 20; count += 1)
    pool.push((await fetchRefreshToken(server)).refreshToken)
  let current = pool[0] ?? ''
  return {
    ...base,
    get text() {
      current = pool.shift() ?? current
      return current
    },
    get fields() {
      return { refreshToken: current }
    },
    bad: ['{}', '{"refreshToken":""}', '{"clientSecret":"canary"}'],
  }
}

/** An upstream that asks the authorization server about every token. */
async function oauthCase(
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

async function startUpstream(lets: (request: IncomingMessage) => boolean | Promise<boolean>) {
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    response.writeHead((await lets(request)) ? 200 : 401).end()
  })
  return { url: `${origin}/me`, stop }
}
