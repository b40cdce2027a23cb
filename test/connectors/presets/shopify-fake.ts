import { readBody, sendJson, startLoopbackServer } from '../../fixtures/loopback-server.js'
import { createIssuer } from './code-page.js'

export const CLIENT = { id: 'shopify-app', secret: 'canary-shopify-app-secret' } as const

/**
 * A shop and Shopify's token endpoint, as shopify.dev documents them:
 * docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant (authorize, the
 * exchange, comma-separated scopes), …/offline-access-tokens (`expiring=1`, 3600 s, 90 days, one
 * expiring token per app and shop) and changelog/more-resilient-refreshes-for-expiring-offline-access-tokens
 * (the used refresh token is kept until its replacement is used).
 */
export async function startShopifyFake() {
  const { issue, canaries } = createIssuer(CLIENT.secret)
  const state = {
    code: '',
    accessToken: '',
    refreshToken: '',
    /** Still good while its replacement has not been used. */
    usedRefreshToken: '',
    refreshes: 0,
    uninstalled: false,
  }
  const tokens = () => {
    state.accessToken = issue('shpat')
    state.refreshToken = issue('shprt')
    return {
      access_token: state.accessToken,
      scope: 'read_orders,read_products',
      expires_in: 3600,
      refresh_token: state.refreshToken,
      refresh_token_expires_in: 7_776_000,
    }
  }
  const { origin, stop } = await startLoopbackServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop')
    if (url.pathname === '/admin/oauth/access_token' && request.method === 'POST') {
      const form = new URLSearchParams(await readBody(request))
      const known =
        form.get('client_id') === CLIENT.id &&
        form.get('client_secret') === CLIENT.secret &&
        request.headers.authorization === undefined
      if (!known || state.uninstalled)
        sendJson(response, 401, { error: known ? 'invalid_grant' : 'invalid_client' })
      else if (form.get('grant_type') === 'refresh_token') {
        const given = form.get('refresh_token')
        if (given !== state.refreshToken && given !== state.usedRefreshToken) {
          sendJson(response, 400, { error: 'invalid_grant' })
          return
        }
        state.refreshes += 1
        state.usedRefreshToken = given
        sendJson(response, 200, tokens())
      } else if (form.get('code') !== state.code || state.code === '')
        sendJson(response, 400, { error: 'invalid_request' })
      else {
        state.code = ''
        if (form.get('expiring') === '1') sendJson(response, 200, tokens())
        else sendJson(response, 200, { access_token: issue('for-ever'), scope: 'read_orders' })
      }
      return
    }
    if (request.headers['x-shopify-access-token'] !== state.accessToken || state.uninstalled) {
      sendJson(response, 401, {
        errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
      })
      return
    }
    if (url.pathname === '/admin/api/2026-10/shop.json')
      sendJson(response, 200, { shop: { id: 1, name: 'Acme' } })
    else if (url.pathname === '/admin/api/2026-10/orders.json')
      sendJson(response, 200, { orders: [] })
    else sendJson(response, 404, { errors: 'Not Found' })
  })
  return {
    origin,
    stop,
    state,
    canaries,
    /** The merchant's browser: checks the page's parameters and says yes. */
    browse: (page: URL): Promise<URL> => {
      const { searchParams: asked } = page
      if (page.pathname !== '/admin/oauth/authorize') throw new Error(`no page ${page.pathname}`)
      if (asked.get('client_id') !== CLIENT.id) throw new Error('unknown client_id')
      if (!/^[a-z_]+(,[a-z_]+)*$/.test(asked.get('scope') ?? '')) throw new Error('scope')
      state.code = issue('code')
      const callback = new URL(asked.get('redirect_uri') ?? '')
      callback.search = new URLSearchParams({
        code: state.code,
        hmac: '0'.repeat(64),
        host: 'YWRtaW4',
        shop: 'acme.myshopify.com',
        state: asked.get('state') ?? '',
        timestamp: '1790000000',
      }).toString()
      return Promise.resolve(callback)
    },
    /** The token's hour is over, or the merchant changed something: it is refused from now on. */
    expire: () => {
      state.accessToken = ''
    },
    /** The merchant uninstalls the app. */
    uninstall: () => {
      state.uninstalled = true
    },
  }
}
