import { authorizationCode } from '../../auth/authorization-code.js'
import { DAY_MS } from '../../contract/duration.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * Jira Cloud by OAuth 2.0 (3LO); the variable `cloudId` (of `GET /oauth/token/accessible-resources`)
 * goes along with the credential and into the base URL. Token requests are JSON. Tokens live an hour;
 * the refresh token rotates, may be used again for 10 minutes, dies unused after 90 days and in any case
 * after 365. At the gateway an ended token shows as 401, or as 403 or 404. Ask for `offline_access`.
 * Written from developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps and community posts of
 * Atlassian's staff (leeway and 365 days: thread 54172); not checked against a real site. PKCE is not
 * documented; a challenge is sent.
 */
export function atlassian<const Endpoints extends EndpointMap>({
  id = 'atlassian',
  endpoints,
  ...client
}: OAuthPresetOptions<Endpoints>) {
  return defineConnector({
    id,
    baseUrl: 'https://api.atlassian.com/ex/jira/{cloudId}/rest/api/3',
    variables: { cloudId: { from: 'credential', form: 'segment' } },
    auth: authorizationCode({
      ...client,
      authorizationUrl: 'https://auth.atlassian.com/authorize',
      authorizationParameters: { audience: 'api.atlassian.com', prompt: 'consent' },
      tokenUrl: 'https://auth.atlassian.com/oauth/token',
      clientAuthentication: 'client_secret_post',
      request: { body: 'json' },
      rotation: 'rotating',
      refresh: {
        graceWindowMs: 600_000,
        idleLimitMs: 90 * DAY_MS,
        absoluteLimitMs: 365 * DAY_MS,
      },
    }),
    expired: { statusOncePastExpiry: [403, 404] },
    verify: 'myself.get',
    identity: { subject: 'accountId', name: 'displayName' },
    endpoints: { ...endpoints, 'myself.get': get('/myself') },
  })
}
