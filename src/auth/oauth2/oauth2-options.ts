import type { SecretReference } from '../../contract/credential.js'
import type { RefreshOptions } from '../auth-kind.js'
import type { TokenAnswerRules } from './token-answer-rules.js'

/** What every OAuth 2.0 kind has. */
export interface OAuth2Definition {
  /** https, or http to loopback; may hold `{account}`. */
  readonly tokenUrl: string
  readonly clientId: string | SecretReference
  readonly clientSecret?: SecretReference
  /** The day on which the client secret ends (`2027-05-31`): warned of for a month before. Amazon SP-API secrets live 180 days. */
  readonly clientSecretExpiresAt?: string
  /** Default `client_secret_basic`; `none` for public clients. */
  readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post' | 'none'
  /** Space-separated; asked for with client credentials. A refresh gets what was granted. */
  readonly scope?: string
  /** Further parameters of the token request. */
  readonly parameters?: Readonly<Record<string, string>>
  /** What makes an odd token answer a standard one, before validation. */
  readonly answer?: TokenAnswerRules
  readonly refresh?: RefreshOptions
}

export type OAuth2Options = Omit<OAuth2Definition, 'clientAuthentication'> & {
  /** Default `client_secret_basic`; `none` for public clients. */
  readonly clientAuthentication?: OAuth2Definition['clientAuthentication']
}

export function withClientAuthentication<Options extends OAuth2Options>(
  options: Options,
): Options & Pick<OAuth2Definition, 'clientAuthentication'> {
  return { ...options, clientAuthentication: options.clientAuthentication ?? 'client_secret_basic' }
}
