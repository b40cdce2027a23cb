import type { OAuth2Definition } from './oauth2-options.js'
import type { SecretFields } from '../auth-kind.js'

/** Says which client secret is missing, if one is. */
export function checkClientFields(
  fields: SecretFields,
  { clientAuthentication, clientSecret }: OAuth2Definition,
): string | undefined {
  const needed =
    clientAuthentication === 'client_secret_basic' || clientAuthentication === 'client_secret_post'
  return needed && fields.clientSecret === undefined && clientSecret === undefined
    ? 'there is no client secret: give the field clientSecret, or name one on the connector'
    : undefined
}
