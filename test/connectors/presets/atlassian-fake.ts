import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'atlassian-app', secret: 'canary-atlassian-app-secret' } as const
export const CLOUD_ID = '1324a887-45db-1bf4-1e99-ef0ff456d421'
const LEEWAY_MS = 600_000

/**
 * Atlassian's authorization server and gateway, as developer.atlassian.com documents them in "OAuth 2.0
 * (3LO) apps": `audience` and `prompt=consent`, JSON token requests with client id and secret in them,
 * 3,600 s, rotating refresh tokens with 10 minutes of leeway; the gateway's path has the cloud id.
 */
export async function startAtlassianFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const page = createCodePage({
    path: '/authorize',
    clientId: CLIENT.id,
    asked: {
      audience: 'api.atlassian.com',
      prompt: 'consent',
      scope: 'read:jira-work offline_access',
    },
    issue,
  })
  const state = {
    accessToken: '',
    refreshToken: '',
    used: { token: '', atMs: 0 },
    refreshes: 0,
    loseAnswers: 0,
    revoked: false,
  }
  const tokens = () => {
    state.accessToken = issue('access')
    state.refreshToken = issue('refresh')
    return {
      access_token: state.accessToken,
      refresh_token: state.refreshToken,
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'read:jira-work offline_access',
    }
  }
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://atlassian')
    if (pathname === '/oauth/token' && request.method === 'POST') {
      const isJson = request.headers['content-type']?.startsWith('application/json') === true
      const text = await readBody(request)
      const given = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
      const known = given['client_id'] === CLIENT.id && given['client_secret'] === CLIENT.secret
      if (!known || request.headers.authorization !== undefined)
        sendJson(response, 401, { error: 'invalid_client' })
      else if (given['grant_type'] === 'refresh_token') {
        const token = given['refresh_token'] as string
        const inLeeway = token === state.used.token && Date.now() < state.used.atMs + LEEWAY_MS
        if (state.revoked || (token !== state.refreshToken && !inLeeway)) {
          sendJson(response, 403, {
            error: 'invalid_grant',
            error_description: 'Unknown or invalid refresh token.',
          })
          return
        }
        state.refreshes += 1
        state.used = { token, atMs: inLeeway ? state.used.atMs : Date.now() }
        const answer = tokens()
        if (state.loseAnswers > 0) {
          state.loseAnswers -= 1
          request.socket.resetAndDestroy()
        } else sendJson(response, 200, answer)
      } else if (page.exchange(given)) sendJson(response, 200, tokens())
      else sendJson(response, 403, { error: 'invalid_grant' })
      return
    }
    const below = `/ex/jira/${CLOUD_ID}/rest/api/3`
    const authorised = request.headers.authorization === `Bearer ${state.accessToken}`
    if (state.revoked || !authorised)
      sendJson(response, 401, { code: 401, message: 'Unauthorized' })
    else if (pathname === `${below}/myself`)
      sendJson(response, 200, { accountId: '5b10a2844c20165700ede21g', displayName: 'Mia Krystof' })
    else if (pathname === `${below}/project/search`) sendJson(response, 200, { values: [] })
    else sendJson(response, 404, { code: 404, message: 'Not Found' })
  })
  return {
    origin,
    stop,
    state,
    canaries,
    browse: page.browse,
    expire: () => {
      state.accessToken = 'none'
    },
    revoke: () => {
      state.revoked = true
    },
  }
}
