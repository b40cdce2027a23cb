import type { SecretReference } from '../../contract/credential.js'
import { oauth1 } from '../../auth/oauth1.js'
import type { EndpointMap } from '../connector.js'
import { defineConnector } from '../define-connector.js'
import { get } from '../endpoint.js'
import type { PresetOptions } from './preset-options.js'

/**
 * NetSuite by token-based authentication (OAuth 1.0a, HMAC-SHA256); the account is the account id as it
 * stands in the host, lower-case with a hyphen (`1234567-sb1`); the realm is made of it. Tokens do not
 * expire; an administrator revokes them. Credential: `{ token, tokenSecret }`.
 * Written from docs.oracle.com, "Token-based Authentication (TBA)" (The Authorization Headers; The
 * Signature for Web Services and RESTlets) and "SuiteTalk REST Web Services URL Schema"; not checked
 * against a real account. New integrations are asked to use OAuth 2.0 instead.
 */
export function netsuite<const Endpoints extends EndpointMap>({
  id = 'netsuite',
  endpoints,
  consumerKey,
  consumerSecret,
}: PresetOptions<Endpoints> & {
  /** The consumer key of the integration record. */
  readonly consumerKey: string | SecretReference
  readonly consumerSecret: SecretReference
}) {
  return defineConnector({
    id,
    baseUrl: 'https://{account}.suitetalk.api.netsuite.com/services/rest',
    auth: oauth1({
      signatureMethod: 'HMAC-SHA256',
      consumerKey,
      consumerSecret,
      realm: '{account}',
      realmForm: 'upper-underscore',
    }),
    verify: 'metadata.get',
    endpoints: { ...endpoints, 'metadata.get': get('/record/v1/metadata-catalog/customer') },
  })
}
