import type { OAuth2Definition } from './oauth2-options.js'
import type { SecretFields } from '../kind/auth-kind.js'

type ClientRules = Pick<OAuth2Definition, 'clientAuthentication' | 'clientSecret'>

function needsSecret({ clientAuthentication }: ClientRules): boolean {
  return (
    clientAuthentication === 'client_secret_basic' || clientAuthentication === 'client_secret_post'
  )
}

/** Says which client secret is missing, if one is. */
export function checkClientFields(fields: SecretFields, auth: ClientRules): string | undefined {
  return needsSecret(auth) && fields.clientSecret === undefined && auth.clientSecret === undefined
    ? 'there is no client secret: give the field clientSecret, or name one on the connector'
    : undefined
}

/** What of the client a person has to give, since the definition has it not. */
export function askedClientFields(auth: ClientRules): readonly string[] {
  return needsSecret(auth) && auth.clientSecret === undefined ? ['clientSecret'] : []
}
