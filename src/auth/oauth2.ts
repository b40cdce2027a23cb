import { clientCredentials, type ClientCredentialsAuth } from './client-credentials.js'
import type { OAuth2Options } from './oauth2/oauth2-options.js'
import { refreshToken, type RefreshTokenAuth, type RefreshTokenOptions } from './refresh-token.js'

/** OAuth 2.0 by the name of its grant: the same as {@link clientCredentials} and {@link refreshToken}. */
export function oauth2(
  options: { readonly grant: 'client_credentials' } & OAuth2Options,
): ClientCredentialsAuth
export function oauth2(
  options: { readonly grant: 'refresh_token' } & RefreshTokenOptions,
): RefreshTokenAuth
export function oauth2(
  options:
    | ({ readonly grant: 'client_credentials' } & OAuth2Options)
    | ({ readonly grant: 'refresh_token' } & RefreshTokenOptions),
): ClientCredentialsAuth | RefreshTokenAuth {
  if (options.grant === 'client_credentials') {
    const { grant: _grant, ...rest } = options
    return clientCredentials(rest)
  }
  const { grant, ...rest } = options
  // An unknown grant of untyped code must not pass as a refresh token.
  if ((grant as string) !== 'refresh_token')
    throw new TypeError(`oauth2(): grant must be 'client_credentials' or 'refresh_token'`)
  return refreshToken(rest)
}
