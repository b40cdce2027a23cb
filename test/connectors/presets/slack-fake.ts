import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createCodePage, createIssuer } from './code-page.js'

export const CLIENT = { id: 'slack-app', secret: 'canary-slack-app-secret' } as const
const BASIC = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`

/**
 * Slack as docs.slack.dev documents it: authentication/installing-with-oauth (`oauth.v2.access`, form,
 * client by Basic, scopes with commas, `token_type: bot`, `team`), authentication/using-token-rotation
 * (43,200 s, a refresh token works once), apis/web-api (HTTP 200 with `ok: false` and `error`).
 */
export async function startSlackFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const asked = { scope: 'chat:write,channels:read' }
  const path = '/oauth/v2/authorize'
  const page = createCodePage({ path, clientId: CLIENT.id, asked, issue })
  const state = { accessToken: '', refreshToken: '', refreshes: 0, uninstalled: false }
  const tokens = () => {
    state.accessToken = issue('xoxe.xoxb')
    state.refreshToken = issue('xoxe-1')
    return {
      ok: true,
      access_token: state.accessToken,
      refresh_token: state.refreshToken,
      expires_in: 43_200,
      token_type: 'bot',
      scope: 'chat:write,channels:read',
      bot_user_id: 'U0KRQLJ9H',
      team: { name: 'Acme', id: 'T9TK3CUKW' },
    }
  }
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://slack')
    const refuse = (error: string): void => sendJson(response, 200, { ok: false, error })
    if (url.pathname === '/api/oauth.v2.access' && request.method === 'POST') {
      const form = Object.fromEntries(new URLSearchParams(await readBody(request)))
      const isForm = request.headers['content-type']?.includes('x-www-form-urlencoded') === true
      if (request.headers.authorization !== BASIC || !isForm) refuse('bad_client_secret')
      else if (form['grant_type'] === 'refresh_token') {
        const good = !state.uninstalled && form['refresh_token'] === state.refreshToken
        if (!good) refuse('invalid_refresh_token')
        else {
          state.refreshes += 1
          sendJson(response, 200, tokens())
        }
      } else if (page.exchange(form)) sendJson(response, 200, tokens())
      else refuse('invalid_code')
      return
    }
    if (state.uninstalled) refuse('invalid_auth')
    else if (request.headers.authorization !== `Bearer ${state.accessToken}`)
      refuse('token_expired')
    else if (url.pathname === '/api/auth.test')
      sendJson(response, 200, { ok: true, team: 'Acme', team_id: 'T9TK3CUKW' })
    else if (url.pathname === '/api/conversations.list')
      sendJson(response, 200, { ok: true, channels: [] })
    else refuse('unknown_method')
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
