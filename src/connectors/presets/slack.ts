import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * Slack Web API with a bot token and token rotation, which the app must have switched on; the team
 * (`team.id`) is compared at re-authorisation. Tokens live 12 hours, a refresh token works once; no
 * window for a lost answer is documented. Every failure comes at HTTP 200 with `ok: false`: those of
 * tokens mean "expired" here, any other is yours to read in the answer.
 * Written from docs.slack.dev/authentication/installing-with-oauth and
 * docs.slack.dev/authentication/using-token-rotation; not checked against a real workspace.
 */
export function slack<const Endpoints extends EndpointMap>({
  id = 'slack',
  endpoints,
  ...client
}: OAuthPresetOptions<Endpoints>) {
  return defineConnector({
    id,
    baseUrl: 'https://slack.com/api',
    auth: authorizationCode({
      ...client,
      authorizationUrl: 'https://slack.com/oauth/v2/authorize',
      tokenUrl: 'https://slack.com/api/oauth.v2.access',
      scopeSeparator: ',',
      rotation: 'rotating',
      subject: 'team.id',
      answer: {
        tokenType: 'bearer',
        failure: { path: 'ok', okValue: true, code: 'error' },
        errors: {
          invalid_refresh_token: 'invalid_grant',
          token_revoked: 'invalid_grant',
          invalid_code: 'invalid_grant',
          bad_client_secret: 'invalid_client',
          invalid_client_id: 'invalid_client',
          ratelimited: 'rate_limited',
        },
      },
    }),
    expired: {
      body: { path: 'error', equals: ['token_expired', 'token_revoked', 'invalid_auth'] },
    },
    verify: 'auth.test',
    identity: { name: 'team' },
    endpoints: { ...endpoints, 'auth.test': get('/auth.test') },
  })
}
