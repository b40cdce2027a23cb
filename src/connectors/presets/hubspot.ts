import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * HubSpot; the account is yours to name, the HubSpot account (`hub_id`) is compared at
 * re-authorisation. Tokens live 30 minutes and may be 300 characters long; the refresh token has no
 * stated end and does not rotate. The v3 token endpoint takes everything in the body; v1 ends on
 * 16 February 2027. Scopes come back as a list.
 * Written from developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide and
 * developers.hubspot.com/changelog/new-oauth-v3-api-endpoints-and-standardized-error-responses; not
 * checked against the real service. PKCE is not documented for apps of this kind; a challenge is sent.
 */
export function hubspot<const Endpoints extends EndpointMap>({
  id = 'hubspot',
  endpoints,
  ...client
}: OAuthPresetOptions<Endpoints>) {
  return defineConnector({
    id,
    baseUrl: 'https://api.hubapi.com',
    auth: authorizationCode({
      ...client,
      authorizationUrl: 'https://app.hubspot.com/oauth/authorize',
      tokenUrl: 'https://api.hubapi.com/oauth/v3/token',
      clientAuthentication: 'client_secret_post',
      rotation: 'none',
      subject: 'hub_id',
      answer: { fields: { scope: 'scopes' } },
    }),
    verify: 'account.get',
    endpoints: { ...endpoints, 'account.get': get('/account-info/v3/details') },
  })
}
