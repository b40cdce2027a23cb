import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'xero-app', secret: 'canary-xero-app-secret' } as const
export const TENANT_ID = '45e4708e-d862-4111-ab3a-dd8cd03913e1'
const GRACE_MS = 30 * 60_000
const SCOPE = 'accounting.transactions offline_access'

/**
 * Xero's identity server and accounting API, as developer.xero.com documents them:
 * documentation/guides/oauth2/auth-flow (Basic with client id and secret; 30 minutes;
 * `offline_access`), …/token-types (a refresh token dies after 60 days unused), faq/oauth2 (the old
 * one may be used again for 30 minutes where the answer was lost), documentation/api/accounting (the
 * header `Xero-Tenant-Id`; JSON where it is asked for, XML otherwise).
 */
export async function startXeroFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const path = '/identity/connect/authorize'
  const page = createCodePage({ path, clientId: CLIENT.id, asked: { scope: SCOPE }, issue })
  const state = {
    accessToken: '',
    refreshToken: '',
    used: { token: '', atMs: 0 },
    refreshes: 0,
    /** Of the next refreshes, so many are carried out and not answered. */
    loseAnswers: 0,
    disconnected: false,
  }
  const tokens = () => {
    state.accessToken = issue('access')
    state.refreshToken = issue('refresh')
    return {
      access_token: state.accessToken,
      expires_in: 1800,
      token_type: 'Bearer',
      refresh_token: state.refreshToken,
      scope: SCOPE,
    }
  }
  const basic = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://xero')
    if (url.pathname === '/connect/token' && request.method === 'POST') {
      const form = new URLSearchParams(await readBody(request))
      if (request.headers.authorization !== basic || form.has('client_secret')) {
        sendJson(response, 400, { error: 'invalid_client' })
      } else if (form.get('grant_type') === 'refresh_token') {
        const given = form.get('refresh_token') ?? ''
        const inGrace = given === state.used.token && Date.now() < state.used.atMs + GRACE_MS
        if (state.disconnected || (given !== state.refreshToken && !inGrace)) {
          sendJson(response, 400, { error: 'invalid_grant' })
          return
        }
        state.refreshes += 1
        state.used = { token: given, atMs: inGrace ? state.used.atMs : Date.now() }
        const answer = tokens()
        if (state.loseAnswers === 0) sendJson(response, 200, answer)
        else {
          state.loseAnswers -= 1
          request.socket.resetAndDestroy()
        }
      } else if (page.exchange(Object.fromEntries(form))) sendJson(response, 200, tokens())
      else sendJson(response, 400, { error: 'invalid_grant' })
      return
    }
    if (state.disconnected || request.headers.authorization !== `Bearer ${state.accessToken}`)
      sendJson(response, 401, {
        Type: null,
        Title: 'Unauthorized',
        Status: 401,
        Detail: 'TokenExpired',
      })
    else if (request.headers['xero-tenant-id'] !== TENANT_ID)
      sendJson(response, 403, {
        Title: 'Forbidden',
        Status: 403,
        Detail: 'AuthenticationUnsuccessful',
      })
    else if (request.headers.accept?.includes('application/json') !== true)
      response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response/>')
    else if (url.pathname === '/api.xro/2.0/Organisation')
      sendJson(response, 200, { Organisations: [{ Name: 'Acme Ltd' }] })
    else if (url.pathname === '/api.xro/2.0/Invoices') sendJson(response, 200, { Invoices: [] })
    else sendJson(response, 404, {})
  })
  return {
    origin,
    stop,
    state,
    canaries,
    browse: async (url: URL): Promise<URL> => {
      const callback = await page.browse(url)
      callback.searchParams.set('scope', SCOPE)
      return callback
    },
    expire: () => {
      state.accessToken = 'none'
    },
    disconnect: () => {
      state.disconnected = true
    },
  }
}
