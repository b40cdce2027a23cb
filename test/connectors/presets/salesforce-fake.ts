import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'salesforce-app', secret: 'canary-salesforce-app-secret' } as const
const FORM = 'application/x-www-form-urlencoded'
const SCOPE = 'api refresh_token'

/**
 * Salesforce's login host and an organisation's own host, as developer.salesforce.com documents them in
 * the REST API guide: OAuth web server flow (PKCE checked where a challenge came; `instance_url`, `id`,
 * `issued_at`, `signature`, no `expires_in`), intro_understanding_refresh_token_oauth.htm (a refresh
 * answers no refresh token), Status Codes and Error Responses (a list of `errorCode` and `message`), and
 * Resources by Version.
 */
export async function startSalesforceFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const path = '/services/oauth2/authorize'
  const page = createCodePage({ path, clientId: CLIENT.id, asked: { scope: SCOPE }, issue })
  const state = {
    accessToken: '',
    refreshToken: '',
    refreshes: 0,
    calls: 0,
    revoked: false,
    user: '005xx000001Sv6e',
    /** What the next answers say in place of the organisation's own host. */
    instanceUrl: '',
  }
  const organisation = await startLoopbackServer((request, response) => {
    state.calls += 1
    const { method, url, headers } = request
    if (state.revoked || headers.authorization !== `Bearer ${state.accessToken}`)
      sendJson(response, 401, [
        { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
      ])
    else if (method !== 'GET')
      sendJson(response, 405, [{ message: 'not allowed', errorCode: 'METHOD_NOT_ALLOWED' }])
    else if (url === '/services/data/v65.0/')
      sendJson(response, 200, { sobjects: '/services/data/v65.0/sobjects' })
    else if (url === '/services/data/v65.0/sobjects') sendJson(response, 200, { sobjects: [] })
    else sendJson(response, 404, [{ message: 'does not exist', errorCode: 'NOT_FOUND' }])
  })
  const refuse = (error: string) => ({ error, error_description: 'refused by the fake' })
  const tokens = () => {
    state.accessToken = issue('session')
    return {
      access_token: state.accessToken,
      signature: 'c2lnbmF0dXJl',
      scope: SCOPE,
      instance_url: state.instanceUrl === '' ? organisation.origin : state.instanceUrl,
      id: `https://login.salesforce.com/id/00Dxx0000001gPL/${state.user}`,
      token_type: 'Bearer',
      issued_at: String(Date.now()),
    }
  }
  const login = await startLoopbackServer(async (request, response) => {
    const form = new URLSearchParams(await readBody(request))
    if (request.url === '/services/oauth2/revoke' && request.method === 'POST') {
      // "Revoke OAuth Tokens": the token in the body, the whole access with a refresh token.
      state.revoked = form.get('token') === state.refreshToken
      if (state.revoked) response.writeHead(200).end()
      else sendJson(response, 400, refuse('unsupported_token_type'))
      return
    }
    if (request.url !== '/services/oauth2/token' || request.method !== 'POST') {
      sendJson(response, 404, {})
      return
    }
    const odd =
      request.headers['content-type']?.startsWith(FORM) !== true ||
      request.headers.authorization !== undefined ||
      new Set(form.keys()).size !== form.size
    if (odd) sendJson(response, 400, refuse('invalid_request'))
    else if (form.get('client_id') !== CLIENT.id)
      sendJson(response, 400, refuse('invalid_client_id'))
    else if (form.get('client_secret') !== CLIENT.secret)
      sendJson(response, 400, refuse('invalid_client'))
    else if (form.get('grant_type') === 'refresh_token') {
      if (state.revoked || form.get('refresh_token') !== state.refreshToken) {
        sendJson(response, 400, refuse('invalid_grant'))
        return
      }
      state.refreshes += 1
      sendJson(response, 200, tokens())
    } else if (form.get('grant_type') !== 'authorization_code')
      sendJson(response, 400, refuse('unsupported_grant_type'))
    else if (page.exchange(Object.fromEntries(form))) {
      // What was revoked was another grant.
      state.revoked = false
      state.refreshToken = issue('refresh')
      sendJson(response, 200, { ...tokens(), refresh_token: state.refreshToken })
    } else sendJson(response, 400, refuse('invalid_grant'))
  })
  return {
    loginOrigin: login.origin,
    state,
    stop: async () => {
      await login.stop()
      await organisation.stop()
    },
    canaries,
    browse: (url: URL): Promise<URL> => {
      if (url.origin !== login.origin) throw new Error(`no page at ${url.origin}`)
      if ((url.searchParams.get('code_challenge') ?? '') === '') throw new Error('no challenge')
      return page.browse(url)
    },
    /** The session timeout has passed. */
    expire: () => {
      state.accessToken = 'none'
    },
    /** An administrator revokes the app's access. */
    revoke: () => {
      state.revoked = true
    },
  }
}
