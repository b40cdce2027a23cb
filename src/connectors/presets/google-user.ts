import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { GOOGLE_TOKEN_URL, type GoogleApi } from './google-api.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * A Google API on behalf of a person. A refresh token comes only with `access_type=offline` and
 * `prompt=consent`, does not rotate, and ends when it is revoked, after six months unused, for Gmail
 * scopes at a change of password, and after seven days while the app is in testing; beyond 100 per
 * person and client the oldest dies silently. Revoked at Google when the connection is revoked. With
 * the scope `openid` another person is noticed at re-authorisation.
 * Written from developers.google.com/identity/protocols/oauth2/web-server; not checked against Google.
 */
export function googleUser<const Endpoints extends EndpointMap>({
  id = 'google',
  endpoints,
  baseUrl,
  verify,
  ...client
}: OAuthPresetOptions<Endpoints> & GoogleApi<Endpoints>) {
  const auth = authorizationCode({
    ...client,
    authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    authorizationParameters: { access_type: 'offline', prompt: 'consent' },
    tokenUrl: GOOGLE_TOKEN_URL,
    // Ends the whole consent of the account, whichever token of it is revoked.
    revocationEnds: 'account',
    revocationUrl: 'https://oauth2.googleapis.com/revoke',
    clientAuthentication: 'client_secret_post',
    rotation: 'none',
    refresh: { idleLimitMs: 180 * 86_400_000 },
  })
  return defineConnector({ id, baseUrl, auth, endpoints, verify })
}
