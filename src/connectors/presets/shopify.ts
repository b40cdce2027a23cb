import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * Shopify Admin API with expiring offline tokens; the account is the shop's name (`acme` of
 * `acme.myshopify.com`). Each shop has its own token URL. A token lives 60 minutes, its refresh token
 * 90 days, and each refresh brings a new one; since August 2026 the old one works until the new one is
 * used. One expiring token per app and shop: another grant kills the one before.
 * The bucket of its REST API takes 40 requests and leaks 2 a second for each app and shop, more with
 * larger plans (the whole is in `X-Shopify-Shop-Api-Call-Limit`): spread the preset and give your own
 * `limits` then.
 * Written from shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
 * and shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens; not checked
 * against a real shop. PKCE is not documented there; a challenge that Shopify does not know is ignored.
 * @param options.version of the API, as `2026-10`
 */
export function shopify<const Endpoints extends EndpointMap>({
  id = 'shopify',
  endpoints,
  version,
  ...client
}: OAuthPresetOptions<Endpoints> & { readonly version: string }) {
  return defineConnector({
    id,
    baseUrl: `https://{account}.myshopify.com/admin/api/${version}`,
    auth: authorizationCode({
      ...client,
      authorizationUrl: 'https://{account}.myshopify.com/admin/oauth/authorize',
      tokenUrl: 'https://{account}.myshopify.com/admin/oauth/access_token',
      clientAuthentication: 'client_secret_post',
      scopeSeparator: ',',
      parameters: { expiring: '1' },
      answer: { tokenType: 'bearer' },
      rotation: 'rotating',
      refresh: { refreshRevokesAccess: true, idleLimitMs: 90 * 86_400_000 },
      tokenHeader: { name: 'X-Shopify-Access-Token', prefix: '' },
    }),
    verify: 'shop.get',
    limits: {
      budget: { requests: 2, perMs: 1000, burst: 40 },
      remaining: [{ header: 'X-Shopify-Shop-Api-Call-Limit', as: 'used/limit' }],
    },
    endpoints: { ...endpoints, 'shop.get': get('/shop.json') },
  })
}
