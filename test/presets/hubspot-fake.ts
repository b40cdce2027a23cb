import { randomBytes } from 'node:crypto'
import { readBody, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'

export const CLIENT = { id: 'hubspot-app', secret: 'canary-hubspot-app-secret' } as const
const FORM = 'application/x-www-form-urlencoded'

/**
 * HubSpot's v3 token endpoint and an API below it, as developers.hubspot.com documents them:
 * api-reference/auth-oauth-v3/guide (parameters in the body only, form-encoded; 30 minutes; `hub_id`,
 * `scopes` as a list; a refresh gives the same refresh token), changelog/new-oauth-v3-api-endpoints-…
 * (errors with error, error_description, status and message).
 */
export async function startHubspotFake() {
  const secret = (kind: string): string => `canary-${kind}-${randomBytes(12).toString('hex')}`
  const state = {
    code: '',
    redirectUri: '',
    accessToken: '',
    refreshToken: '',
    refreshes: 0,
    uninstalled: false,
    hubId: 4711,
  }
  const issued: string[] = []
  const bad = (status: string, error: string) => ({
    error,
    error_description: 'refresh token is invalid, expired or revoked',
    status,
    message: 'refresh token is invalid, expired or revoked',
  })
  const tokens = () => {
    // Encoded information makes them long.
    state.accessToken = secret('access').padEnd(300, 'x')
    issued.push(state.accessToken)
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
      } else if (
        form.get('grant_type') === 'authorization_code' &&
        state.code !== '' &&
        form.get('code') === state.code &&
        form.get('redirect_uri') === state.redirectUri
      ) {
        state.code = ''
        state.refreshToken = secret('refresh')
        issued.push(state.refreshToken)
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
    canaries: () =>
      Object.fromEntries([CLIENT.secret, ...issued].map((text) => [text.slice(0, 18), text])),
    /** The person's browser: the install page, and yes. */
    browse: (page: URL): Promise<URL> => {
      const { searchParams: asked } = page
      if (page.pathname !== '/oauth/authorize') throw new Error(`no page ${page.pathname}`)
      if (asked.get('client_id') !== CLIENT.id) throw new Error('unknown client_id')
      if (asked.get('scope') !== 'oauth crm.objects.contacts.read') throw new Error('scope')
      state.code = secret('code')
      state.redirectUri = asked.get('redirect_uri') ?? ''
      issued.push(state.code)
      const callback = new URL(state.redirectUri)
      callback.search = new URLSearchParams({
        code: state.code,
        state: asked.get('state') ?? '',
      }).toString()
      return Promise.resolve(callback)
    },
    expire: () => {
      state.accessToken = 'none'
    },
    uninstall: () => {
      state.uninstalled = true
    },
  }
}
