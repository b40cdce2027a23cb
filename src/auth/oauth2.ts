import {
  authorizationCode,
  type AuthorizationCodeAuth,
  type AuthorizationCodeOptions,
} from './authorization-code.js'
import {
  clientCredentials,
  type ClientCredentialsAuth,
  type ClientCredentialsOptions,
} from './client-credentials.js'
import { jwtBearer, type JwtBearerAuth, type JwtBearerOptions } from './jwt-bearer.js'
import { refreshToken, type RefreshTokenAuth, type RefreshTokenOptions } from './refresh-token.js'

type ByGrant =
  | ({ readonly grant: 'authorization_code' } & AuthorizationCodeOptions)
  | ({ readonly grant: 'client_credentials' } & ClientCredentialsOptions)
  | ({ readonly grant: 'jwt_bearer' } & JwtBearerOptions)
  | ({ readonly grant: 'refresh_token' } & RefreshTokenOptions)

/** OAuth 2.0 by the name of its grant: the same as {@link authorizationCode}, {@link clientCredentials}, {@link jwtBearer} and {@link refreshToken}. */
export function oauth2(
  options: { readonly grant: 'authorization_code' } & AuthorizationCodeOptions,
): AuthorizationCodeAuth
export function oauth2(
  options: { readonly grant: 'client_credentials' } & ClientCredentialsOptions,
): ClientCredentialsAuth
export function oauth2(options: { readonly grant: 'jwt_bearer' } & JwtBearerOptions): JwtBearerAuth
export function oauth2(
  options: { readonly grant: 'refresh_token' } & RefreshTokenOptions,
): RefreshTokenAuth
export function oauth2(
  options: ByGrant,
): AuthorizationCodeAuth | ClientCredentialsAuth | JwtBearerAuth | RefreshTokenAuth {
  switch (options.grant) {
    case 'authorization_code': {
      const { grant: _grant, ...rest } = options
      return authorizationCode(rest)
    }
    case 'client_credentials': {
      const { grant: _grant, ...rest } = options
      return clientCredentials(rest)
    }
    case 'jwt_bearer': {
      const { grant: _grant, ...rest } = options
      return jwtBearer(rest)
    }
    case 'refresh_token': {
      const { grant: _grant, ...rest } = options
      return refreshToken(rest)
    }
    // An unknown grant of untyped code must not pass as another.
    default:
      throw new TypeError(
        `oauth2(): grant must be 'authorization_code', 'client_credentials', 'jwt_bearer' or 'refresh_token'`,
      )
  }
}
