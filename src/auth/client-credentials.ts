import * as z from 'zod'
import { plainText } from '../definition/text-rules.js'
import type { AuthKind } from './kind/auth-kind.js'
import { authorizeBearer, bearerCarriers } from './kind/bearer.js'
import { askedClientFields, checkClientFields } from './oauth2/check-client-fields.js'
import {
  type OAuth2Definition,
  type OAuth2Options,
  oauth2Urls,
  withClientAuthentication,
} from './oauth2/oauth2-options.js'
import { OAUTH2_EXAMPLES, oauth2Shape } from './oauth2/oauth2-schema.js'
import { refineOAuth2 } from './oauth2/refine-oauth2.js'
import { urlOf } from './oauth2/endpoints.js'
import { requestToken, scopeText } from './oauth2/request-token.js'
import { revokeGrant } from './oauth2/revoke-grant.js'

/** Credential: none needed where the connector names id and secret (`{}`); or fields `clientId`, `clientSecret`; as one text: the client secret. */
export interface ClientCredentialsAuth extends OAuth2Definition {
  readonly kind: 'client-credentials'
  /**
   * Value of `grant_type`, where the provider has one of its own: `account_credentials` (Zoom,
   * server-to-server OAuth: developers.zoom.us), with its own parameters in `parameters`,
   * where a value may be one variable: `{ account_id: '{account}' }`.
   */
  readonly grantType?: string | undefined
}

export type ClientCredentialsOptions = OAuth2Options & Pick<ClientCredentialsAuth, 'grantType'>

/** OAuth 2.0 client credentials (RFC 6749 section 4.4). */
export function clientCredentials(options: ClientCredentialsOptions): ClientCredentialsAuth {
  return { kind: 'client-credentials', ...withClientAuthentication(options) }
}

/** A value that names a variable: the account of the provider, mostly. Other texts with braces stay as they are. */
function isTemplate(text: string): boolean {
  return /^\{[A-Za-z]\w*\}$/.test(text)
}

/** Consumes nothing. */
export const clientCredentialsKind: AuthKind<ClientCredentialsAuth> = {
  kind: 'client-credentials',
  madeBy: 'clientCredentials()',
  schema: z
    .strictObject({
      kind: z.literal('client-credentials'),
      ...oauth2Shape,
      grantType: z.exactOptional(
        plainText.refine((type) => type.trim().toLowerCase() !== 'password', {
          message: `must not be the password grant, which OAuth 2.1 has removed: if the provider has no other, use loginFlow() with legacy: 'password-grant'`,
        }),
      ),
    })
    .superRefine(refineOAuth2),
  examples: {
    ...OAUTH2_EXAMPLES,
    grantType: `grantType: 'account_credentials', parameters: { account_id: '{account}' }`,
  },
  fields: () => ['clientId', 'clientSecret'],
  askedFields: (auth) => {
    const needed = askedClientFields(auth)
    // Where each customer has a client of their own, its id comes with its secret.
    return { needed, optional: needed.length > 0 ? ['clientId'] : [] }
  },
  fieldsOfText: (text) => ({ clientSecret: text }),
  checkFields: checkClientFields,
  refreshes: () => true,
  consumesGrant: () => false,
  policy: (auth) => auth.refresh,
  urls: oauth2Urls,
  templates: ({ parameters = {} }) =>
    Object.fromEntries(
      Object.entries(parameters)
        .filter(([, text]) => isTemplate(text))
        .map(([name, text]) => [`parameters.${name}`, text]),
    ),
  carriers: bearerCarriers,
  mint: async (context) => {
    const { scope, scopeSeparator, grantType = 'client_credentials', ...plan } = context.auth
    const { parameters = {} } = plan
    const receipt = await requestToken(context, {
      ...plan,
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, text]) => [
          name,
          isTemplate(text) ? urlOf(context, `parameter ${name}`, text) : text,
        ]),
      ),
      grant: { type: grantType, parameters: { scope: scopeText(scope, scopeSeparator) } },
      askedScope: scope,
    })
    if (receipt.outcome === 'refused') return receipt
    // It has no use for a refresh token (RFC 6749 section 4.4.3).
    const { refreshToken: _unused, ...outcome } = receipt
    return outcome
  },
  authorize: authorizeBearer,
  revoke: revokeGrant,
}
