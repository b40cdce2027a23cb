import { authorizationCode } from '../../auth/authorization-code.js'
import { jwtBearer } from '../../auth/jwt-bearer.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import type { OAuthPresetOptions, PresetOptions } from './preset-options.js'

/** developers.google.com/identity/protocols/oauth2 */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'

/** Which of Google's APIs it is. */
interface GoogleApi<Endpoints extends EndpointMap> {
  /** The base URL of the API: `https://www.googleapis.com/drive/v3`. */
  readonly baseUrl: string
  /** Name of one of your endpoints that tells whether a credential works. */
  readonly verify?: (keyof Endpoints & string) | undefined
}

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

/**
 * A Google API as a service account: the credential is the whole key file (JSON), with a `subject`
 * beside it for a person of the domain (delegation). An assertion is signed for each token, which
 * lives an hour; there is no refresh token.
 * Written from developers.google.com/identity/protocols/oauth2/service-account; not checked against Google.
 */
export function googleServiceAccount<const Endpoints extends EndpointMap>({
  id = 'google',
  endpoints,
  baseUrl,
  verify,
  scope,
}: PresetOptions<Endpoints> & GoogleApi<Endpoints> & { readonly scope: string }) {
  const assertion = { alg: 'RS256', scopeIn: 'assertion', withoutSubject: true } as const
  const auth = jwtBearer({ tokenUrl: GOOGLE_TOKEN_URL, scope, assertion })
  return defineConnector({ id, baseUrl, auth, endpoints, verify })
}
