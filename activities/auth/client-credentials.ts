import type { ClientCredentialsAuth } from '../../src/connectors/auth/client-credentials.js'
import type { AuthKind } from './auth-kind.js'
import { authorizeBearer } from './bearer.js'
import { checkClientFields } from './oauth2/check-client-fields.js'
import { requestToken } from './oauth2/request-token.js'

/** OAuth 2.0 client credentials (RFC 6749 section 4.4): consumes nothing. */
export const clientCredentialsKind: AuthKind<ClientCredentialsAuth> = {
  kind: 'client-credentials',
  fields: ['clientId', 'clientSecret'],
  fieldsOfText: (text) => ({ clientSecret: text }),
  checkFields: checkClientFields,
  refreshes: true,
  consumesGrant: () => false,
  mint: (context) => {
    const { scope } = context.auth
    return requestToken(
      context,
      { type: 'client_credentials' },
      scope === undefined ? {} : { scope },
    )
  },
  authorize: authorizeBearer,
}
