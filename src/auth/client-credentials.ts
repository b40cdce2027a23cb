import * as z from 'zod'
import type { AuthKind } from './auth-kind.js'
import { authorizeBearer, bearerCarriers } from './bearer.js'
import { checkClientFields } from './oauth2/check-client-fields.js'
import {
  type OAuth2Definition,
  type OAuth2Options,
  withClientAuthentication,
} from './oauth2/oauth2-options.js'
import { OAUTH2_EXAMPLES, oauth2Shape } from './oauth2/oauth2-schema.js'
import { oauth2Urls } from './oauth2/oauth2-urls.js'
import { refineOAuth2 } from './oauth2/refine-oauth2.js'
import { requestToken, scopeParameter } from './oauth2/request-token.js'
import { revokeGrant } from './oauth2/revoke-grant.js'

/** Credential: none needed where the connector names id and secret (`{}`); or fields `clientId`, `clientSecret`; as one text: the client secret. */
export interface ClientCredentialsAuth extends OAuth2Definition {
  readonly kind: 'client-credentials'
}

/** OAuth 2.0 client credentials (RFC 6749 section 4.4). */
export function clientCredentials(options: OAuth2Options): ClientCredentialsAuth {
  return { kind: 'client-credentials', ...withClientAuthentication(options) }
}

/** Consumes nothing. */
export const clientCredentialsKind: AuthKind<ClientCredentialsAuth> = {
  kind: 'client-credentials',
  madeBy: 'clientCredentials()',
  schema: z
    .strictObject({ kind: z.literal('client-credentials'), ...oauth2Shape })
    .superRefine(refineOAuth2),
  examples: OAUTH2_EXAMPLES,
  fields: () => ['clientId', 'clientSecret'],
  fieldsOfText: (text) => ({ clientSecret: text }),
  checkFields: checkClientFields,
  refreshes: () => true,
  consumesGrant: () => false,
  policy: (auth) => auth.refresh,
  urls: oauth2Urls,
  carriers: bearerCarriers,
  mint: async (context) => {
    const { scope, scopeSeparator, ...plan } = context.auth
    const receipt = await requestToken(context, {
      ...plan,
      grant: { type: 'client_credentials', parameters: scopeParameter(scope, scopeSeparator) },
      ...(scope === undefined ? {} : { askedScope: scope }),
    })
    if (!receipt.ok) return receipt
    // It has no use for a refresh token (RFC 6749 section 4.4.3).
    const { refreshToken: _unused, ...outcome } = receipt
    return outcome
  },
  authorize: authorizeBearer,
  revoke: revokeGrant,
}
