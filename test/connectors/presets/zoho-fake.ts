import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'zoho-app', secret: 'canary-zoho-app-secret' } as const

/**
 * Zoho's accounts server and CRM API of one data centre, as zoho.com/accounts/protocol/oauth documents
 * them: `access_type=offline`, comma-separated scopes, client id and secret as parameters, 3,600 s, no
 * refresh token in the answer to a refresh, failures at HTTP 200; at most 10 tokens in 10 minutes for
 * one refresh token, told as `Access Denied`; `INVALID_TOKEN` at 401 (CRM API, status codes).
 */
export async function startZohoFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const page = createCodePage({
    path: '/oauth/v2/auth',
    clientId: CLIENT.id,
    asked: { access_type: 'offline', scope: 'ZohoCRM.modules.READ,ZohoCRM.org.READ' },
    issue,
  })
  const state = {
    accessToken: '',
    refreshToken: '',
    refreshes: 0,
    given: 0,
    denied: 0,
    revoked: false,
  }
  const token = () => {
    state.given += 1
    state.accessToken = issue('1000')
    return {
      access_token: state.accessToken,
      scope: 'ZohoCRM.modules.READ ZohoCRM.org.READ',
      api_domain: 'https://www.zohoapis.eu',
      token_type: 'Bearer',
      expires_in: 3600,
    }
  }
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://zoho')
    if (pathname === '/oauth/v2/token' && request.method === 'POST') {
      const form = Object.fromEntries(new URLSearchParams(await readBody(request)))
      const refuse = (error: string): void => sendJson(response, 200, { error })
      if (form['client_id'] !== CLIENT.id || request.headers.authorization !== undefined)
        refuse('invalid_client')
      else if (form['client_secret'] !== CLIENT.secret) refuse('invalid_client_secret')
      else if (form['grant_type'] === 'refresh_token') {
        if (state.revoked || form['refresh_token'] !== state.refreshToken) refuse('invalid_code')
        else if (state.given >= 10) {
          state.denied += 1
          sendJson(response, 200, {
            error: 'Access Denied',
            error_description: 'You have made too many requests continuously.',
            status: 'failure',
          })
        } else {
          state.refreshes += 1
          sendJson(response, 200, token())
        }
      } else if (page.exchange(form)) {
        state.refreshToken = issue('1000-refresh')
        sendJson(response, 200, { ...token(), refresh_token: state.refreshToken })
      } else refuse('invalid_code')
      return
    }
    if (state.revoked || request.headers.authorization !== `Zoho-oauthtoken ${state.accessToken}`)
      sendJson(response, 401, {
        code: 'INVALID_TOKEN',
        message: 'invalid oauth token',
        status: 'error',
      })
    else if (pathname === '/crm/v8/org')
      sendJson(response, 200, { org: [{ company_name: 'Acme' }] })
    else if (pathname === '/crm/v8/Leads') sendJson(response, 200, { data: [] })
    else sendJson(response, 404, { code: 'INVALID_URL_PATTERN' })
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
