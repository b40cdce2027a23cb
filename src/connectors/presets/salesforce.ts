import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * Salesforce REST API; the account is yours to name. `instance_url` of the token answer is where the
 * organisation's API is; the identity URL (`id`) is compared at re-authorisation. The answer names no
 * lifetime: it is the session timeout of your app's policies, so say it. An ended session is a 401 with
 * `INVALID_SESSION_ID` in a list. Refresh tokens rotate where the app's policy says so; a used one then
 * ends everything. Ask for the scopes `api` and `refresh_token`.
 * Written from developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ (OAuth web server flow,
 * intro_understanding_refresh_token_oauth.htm; Resources by Version); not checked against a real
 * organisation: rotation, and how soon a new session timeout holds.
 * @param options.version of the API, as `v65.0`
 * @param options.sessionTimeoutMs default 2 hours, Salesforce's own default
 * @param options.login `test` for sandboxes; default `login`
 */
export function salesforce<const Endpoints extends EndpointMap>({
  id = 'salesforce',
  endpoints,
  version,
  sessionTimeoutMs = 2 * 3_600_000,
  login = 'login',
  ...client
}: OAuthPresetOptions<Endpoints> & {
  readonly version: string
  readonly sessionTimeoutMs?: number | undefined
  readonly login?: 'login' | 'test' | undefined
}) {
  return defineConnector({
    id,
    baseUrl: `{instance_url}/services/data/${version}`,
    variables: {
      instance_url: {
        from: 'answer',
        form: 'origin',
        hosts: ['*.my.salesforce.com', '*.salesforce.com'],
      },
    },
    auth: authorizationCode({
      ...client,
      authorizationUrl: `https://${login}.salesforce.com/services/oauth2/authorize`,
      tokenUrl: `https://${login}.salesforce.com/services/oauth2/token`,
      revocationUrl: `https://${login}.salesforce.com/services/oauth2/revoke`,
      clientAuthentication: 'client_secret_post',
      rotation: 'unknown',
      subject: 'id',
      refresh: { defaultLifetimeMs: sessionTimeoutMs },
    }),
    verify: 'resources.get',
    endpoints: { ...endpoints, 'resources.get': get('/') },
  })
}
