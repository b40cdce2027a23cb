import type { RefreshTokenAuth } from '../../src/connectors/auth/refresh-token.js'
import type { AuthKind } from './auth-kind.js'
import { authorizeBearer } from './bearer.js'
import { neededField } from './needed-field.js'
import { checkClientFields } from './oauth2/check-client-fields.js'
import { requestToken } from './oauth2/request-token.js'

/** OAuth 2.0 with a refresh token (RFC 6749 section 6). It asks for no scope: it gets what was granted. */
export const refreshTokenKind: AuthKind<RefreshTokenAuth> = {
  kind: 'refresh-token',
  fields: ['refreshToken', 'clientId', 'clientSecret'],
  fieldsOfText: (text) => ({ refreshToken: text }),
  checkFields: (fields, auth) =>
    fields.refreshToken === undefined
      ? 'it lacks the field refreshToken'
      : checkClientFields(fields, auth),
  refreshes: true,
  consumesGrant: (auth) => auth.rotation !== 'none',
  mint: (context) =>
    requestToken(context, {
      type: 'refresh_token',
      token: neededField(context.fields, 'refreshToken'),
    }),
  authorize: authorizeBearer,
}
