import { jwtBearer } from '../../auth/jwt-bearer.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { GOOGLE_TOKEN_URL, type GoogleApi } from './google-api.js'
import type { PresetOptions } from './preset-options.js'

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
