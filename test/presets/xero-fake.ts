import { randomBytes } from 'node:crypto'
import { readBody, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'

export const CLIENT = { id: 'xero-app', secret: 'canary-xero-app-secret' } as const
export const TENANT_ID = '45e4708e-d862-4111-ab3a-dd8cd03913e1'
const GRACE_MS = 30 * 60_000

/**
 * Xero's identity server and accounting API, as developer.xero.com documents them:
 * documentation/guides/oauth2/auth-flow (Basic with client id and secret; 30 minutes;
 * `offline_access`), …/token-types (a refresh token dies after 60 days unused), faq/oauth2 (the old
 * one may be used again for 30 minutes where the answer was lost), documentation/api/accounting (the
 * header `Xero-Tenant-Id`; JSON where it is asked for, XML otherwise).
 */
export async function startXeroFake() {
  const secret = (kind: string): string => `canary-${kind}-${randomBytes(12).toString('hex')}`
  const state = {
    code: '',
    challenge: '',
    accessToken: '',
    refreshToken: '',
    used: { token: '', atMs: 0 },
    refreshes: 0,
    /** Of the next refreshes, so many are carried out and not answered. */
    loseAnswers: 0,
    disconnected: false,
  }
  const issued: string[] = []
  const tokens = () => {
    state.accessToken = secret('access')
    state.refreshToken = secret('refresh')
    issued.push(state.accessToken, state.refreshToken)
    return {
      access_token: state.accessToken,
      expires_in: 1800,
      token_type: 'Bearer',
      refresh_token: state.refreshToken,
      scope: 'accounting.transactions offline_access',
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
      } else if (state.code !== '' && form.get('code') === state.code) {
        state.code = ''
        sendJson(response, 200, tokens())
      } else sendJson(response, 400, { error: 'invalid_grant' })
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
    canaries: () =>
      Object.fromEntries([CLIENT.secret, ...issued].map((text) => [text.slice(0, 18), text])),
    browse: (page: URL): Promise<URL> => {
      const { searchParams: asked } = page
      if (page.pathname !== '/identity/connect/authorize') throw new Error(page.pathname)
      if (asked.get('response_type') !== 'code' || asked.get('client_id') !== CLIENT.id)
        throw new Error('response_type or client_id')
      if (asked.get('scope')?.split(' ').includes('offline_access') !== true)
        throw new Error('no offline_access: no refresh token')
      state.code = secret('code')
      issued.push(state.code)
      const callback = new URL(asked.get('redirect_uri') ?? '')
      callback.search = new URLSearchParams({
        code: state.code,
        scope: 'accounting.transactions offline_access',
        state: asked.get('state') ?? '',
      }).toString()
      return Promise.resolve(callback)
    },
    expire: () => {
      state.accessToken = 'none'
    },
    disconnect: () => {
      state.disconnected = true
    },
  }
}
