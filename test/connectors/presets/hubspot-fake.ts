import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'hubspot-app', secret: 'canary-hubspot-app-secret' } as const
const FORM = 'application/x-www-form-urlencoded'

/**
 * HubSpot's v3 token endpoint and an API below it, as developers.hubspot.com documents them:
 * api-reference/auth-oauth-v3/guide (parameters in the body only, form-encoded; 30 minutes; `hub_id`,
 * `scopes` as a list; a refresh gives the same refresh token), changelog/new-oauth-v3-api-endpoints-…
 * (errors with error, error_description, status and message).
 */
export async function startHubspotFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const asked = { scope: 'oauth crm.objects.contacts.read' }
  const page = createCodePage({ path: '/oauth/authorize', clientId: CLIENT.id, asked, issue })
  const state = {
    accessToken: '',
    refreshToken: '',
    refreshes: 0,
    uninstalled: false,
    hubId: 4711,
  }
  const bad = (status: string, error: string) => ({
    error,
    error_description: 'refresh token is invalid, expired or revoked',
    status,
    message: 'refresh token is invalid, expired or revoked',
  })
  const tokens = () => {
    // Encoded information makes them long.
    state.accessToken = issue('access').padEnd(300, 'x')
    return {
      token_type: 'bearer',
      refresh_token: state.refreshToken,
      access_token: state.accessToken,
      hub_id: state.hubId,
      scopes: ['oauth', 'crm.objects.contacts.read'],
      user_id: 815,
      token_use: 'access_token',
      expires_in: 1800,
    }
  }
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://hubspot')
    if (url.pathname === '/oauth/v3/token' && request.method === 'POST') {
      const form = new URLSearchParams(await readBody(request))
      const misplaced = url.search !== '' || request.headers.authorization !== undefined
      if (misplaced || request.headers['content-type']?.startsWith(FORM) !== true)
        sendJson(response, 400, bad('BAD_REQUEST', 'invalid_request'))
      else if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret)
        sendJson(response, 401, bad('BAD_CLIENT_SECRET', 'invalid_client'))
      else if (form.get('grant_type') === 'refresh_token') {
        const good = !state.uninstalled && form.get('refresh_token') === state.refreshToken
        if (!good) sendJson(response, 400, bad('BAD_REFRESH_TOKEN', 'invalid_grant'))
        else {
          state.refreshes += 1
          sendJson(response, 200, tokens())
        }
      } else if (page.exchange(Object.fromEntries(form))) {
        state.refreshToken = issue('refresh')
        sendJson(response, 200, tokens())
      } else sendJson(response, 400, bad('BAD_AUTH_CODE', 'invalid_grant'))
      return
    }
    if (state.uninstalled || request.headers.authorization !== `Bearer ${state.accessToken}`) {
      sendJson(response, 401, {
        status: 'error',
        message: 'The OAuth token used to make this call expired.',
        correlationId: '0',
        category: 'EXPIRED_AUTHENTICATION',
      })
    } else if (url.pathname === '/account-info/v3/details')
      sendJson(response, 200, { portalId: state.hubId, accountType: 'STANDARD' })
    else if (url.pathname === '/crm/v3/objects/contacts') sendJson(response, 200, { results: [] })
    else sendJson(response, 404, { status: 'error', category: 'OBJECT_NOT_FOUND' })
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
    uninstall: () => {
      state.uninstalled = true
    },
  }
}
