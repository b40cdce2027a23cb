import { authorizationCode } from '../../auth/authorization-code.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { OAuthPresetOptions } from './preset-options.js'

/**
 * Xero; the variable `tenantId` (from `GET /connections` after the first consent) goes along with the
 * credential and into the header of every call. Tokens live 30 minutes; the refresh token rotates,
 * dies unused after 60 days, and may be used again for 30 minutes where an answer was lost. Ask for
 * the scope `offline_access`.
 * Written from developer.xero.com/documentation/guides/oauth2/auth-flow, …/token-types and
 * developer.xero.com/faq/oauth2; not checked against the real service.
 */
export function xero<const Endpoints extends EndpointMap>({
  id = 'xero',
  endpoints,
  ...client
}: OAuthPresetOptions<Endpoints>) {
  return defineConnector({
    id,
    baseUrl: 'https://api.xero.com/api.xro/2.0',
    variables: { tenantId: { from: 'credential', form: 'segment' } },
    headers: { 'Xero-Tenant-Id': '{tenantId}' },
    auth: authorizationCode({
      ...client,
      authorizationUrl: 'https://login.xero.com/identity/connect/authorize',
      tokenUrl: 'https://identity.xero.com/connect/token',
      rotation: 'rotating',
      refresh: { graceWindowMs: 30 * 60_000, idleLimitMs: 60 * 86_400_000 },
    }),
    verify: 'organisation.get',
    identity: { name: 'Organisations.0.Name' },
    endpoints: { ...endpoints, 'organisation.get': get('/Organisation') },
  })
}
