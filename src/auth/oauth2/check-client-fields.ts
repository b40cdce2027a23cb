import type { OAuth2Definition } from './oauth2-options.js'
import type { SecretFields } from '../auth-kind.js'

/** Says which client secret is missing, if one is. */
export function checkClientFields(
  fields: SecretFields,
  auth: OAuth2Definition,
): string | undefined {
  const needed = auth.clientAuthentication !== 'none'
  return needed && fields.clientSecret === undefined && auth.clientSecret === undefined
    ? 'there is no client secret: give the field clientSecret, or name one on the connector'
    : undefined
}
