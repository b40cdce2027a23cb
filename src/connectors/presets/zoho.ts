import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * Zoho; each data centre has hosts of its own, and an account belongs to one. Tokens live an hour and
 * go along as `Zoho-oauthtoken`. The refresh token does not rotate; at most 10 tokens are given in 10
 * minutes, and one too many is told at HTTP 200 as "Access Denied". Scopes are joined by commas. Zoho takes a
 * revocation in the query only, so it is not told of one.
 * Written from zoho.com/accounts/protocol/oauth (web server applications; token validity) and
 * zoho.com/crm/developer/docs/api; not checked against the real service. PKCE is not documented there;
 * a challenge is sent.
 * @param options.api path of the product's API: `/crm/v8`
 * @param options.verify name of one of your endpoints that tells whether a credential works
 */
export function zoho<const Endpoints extends EndpointMap>({
  id = 'zoho',
  endpoints,
  api,
  dataCentre,
  verify,
  ...client
}: OAuthPresetOptions<Endpoints> & {
  readonly api: `/${string}`
  readonly dataCentre: 'com' | 'eu' | 'in' | 'com.au' | 'com.cn' | 'jp' | 'sa'
  readonly verify?: (keyof Endpoints & string) | undefined
}) {
  return defineConnector({
    id,
    baseUrl: `https://www.zohoapis.${dataCentre}${api}`,
    auth: authorizationCode({
      ...client,
      authorizationUrl: `https://accounts.zoho.${dataCentre}/oauth/v2/auth`,
      authorizationParameters: { access_type: 'offline', prompt: 'consent' },
      tokenUrl: `https://accounts.zoho.${dataCentre}/oauth/v2/token`,
      clientAuthentication: 'client_secret_post',
      scopeSeparator: ',',
      rotation: 'none',
      answer: {
        tokenType: 'bearer',
        failure: { path: 'error' },
        errors: {
          'Access Denied': 'rate_limited',
          invalid_code: 'invalid_grant',
          invalid_client_secret: 'invalid_client',
        },
      },
      refresh: { mintLimit: { count: 10, windowMs: 600_000 } },
      tokenHeader: { name: 'Authorization', prefix: 'Zoho-oauthtoken ' },
    }),
    verify,
    endpoints,
  })
}
