import type { SecretReference } from '../../contract/credential.js'
import type { RefreshOptions } from '../kind/auth-kind.js'
import type { TokenHeader } from '../kind/bearer.js'
import type { AssertionAlgorithm } from './sign-assertion.js'
import type { TokenAnswerRules, TokenRequestRules } from './token-endpoint-rules.js'

/** How the client proves who it is (RFC 6749 section 2.3, RFC 7523 section 2.2); `none` for public clients. */
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number]

export const CLIENT_AUTHENTICATIONS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const

export type BasicEncoding = (typeof BASIC_ENCODINGS)[number]

export const BASIC_ENCODINGS = ['form', 'raw', 'raw-latin1'] as const

/** The key of `private_key_jwt` (RFC 7523 section 2.2): an assertion is signed for every attempt. */
export interface ClientKey {
  /**
   * PEM, PKCS #8.
   * @example key: secret('file:/run/keys/client.pem')
   */
  readonly key: SecretReference
  /** @example alg: 'RS256' */
  readonly alg: AssertionAlgorithm
  /**
   * Id of the key at the provider.
   * @example kid: '2026-11'
   */
  readonly kid?: string | undefined
  /**
   * Claim `aud`; default: the token URL. `issuer`: the definition's issuer.
   * @example audience: 'issuer'
   */
  readonly audience?: string | undefined
}

/** What every OAuth 2.0 kind has. */
export interface OAuth2Definition {
  /**
   * https, or http to loopback; may hold `{account}` and the connector's variables. Absent: the one that `issuer` names.
   * @example tokenUrl: 'https://login.example.com/oauth/token'
   */
  readonly tokenUrl?: string | undefined
  /**
   * In place of the URLs: they are read from the provider's metadata (RFC 8414, OpenID Connect Discovery). Beside them: what the provider calls itself. Exactly as in its metadata.
   * @example issuer: 'https://login.example.com'
   */
  readonly issuer?: string | undefined
  /**
   * What a granted scope holds beside itself, for providers that name only the widest:
   * `{ write_products: ['read_products'] }` (Shopify). Letters in another case and a URL before the
   * name are recognised without it.
   * @example impliedScopes: { write_products: ['read_products'] }
   */
  readonly impliedScopes?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * Asked, once, for the lifetime of a token whose answer names none (RFC 7662).
   * @example introspectionUrl: 'https://login.example.com/oauth/introspect'
   */
  readonly introspectionUrl?: string | undefined
  /**
   * Told when a connection is revoked (RFC 7009).
   * @example revocationUrl: 'https://login.example.com/oauth/revoke'
   */
  readonly revocationUrl?: string | undefined
  /**
   * What a revocation ends. Default `grant` (RFC 7009 section 2.1). `account`: every grant of the account to this client (Google, Xero), so that a replaced grant is left to end by itself.
   * @example revocationEnds: 'account'
   */
  readonly revocationEnds?: 'grant' | 'account' | undefined
  /** @example clientId: 'orders-app' */
  readonly clientId: string | SecretReference
  /** @example clientSecret: secret('env:SHOP_CLIENT_SECRET') */
  readonly clientSecret?: SecretReference | undefined
  /**
   * The day on which the client secret ends (`2027-05-31`): warned of for a month before. Amazon SP-API secrets live 180 days.
   * @example clientSecretExpiresAt: '2027-05-31'
   */
  readonly clientSecretExpiresAt?: string | undefined
  /**
   * For `private_key_jwt`.
   * @example clientKey: { key: secret('file:/run/keys/client.pem'), alg: 'RS256', kid: '2026-11' }
   */
  readonly clientKey?: ClientKey | undefined
  /**
   * Default `client_secret_basic`; `none` for public clients.
   * @example clientAuthentication: 'client_secret_post'
   */
  readonly clientAuthentication: ClientAuthentication
  /**
   * How client id and secret stand in Basic. Default `form`: form-encoded (RFC 6749 section 2.3.1).
   * `raw`: as they are in UTF-8, `raw-latin1` in ISO-8859-1, for servers that compare the text.
   * @example basicEncoding: 'raw'
   */
  readonly basicEncoding?: BasicEncoding | undefined
  /**
   * Space-separated; asked for where a grant begins. A refresh gets what was granted.
   * @example scope: 'orders.read offline_access'
   */
  readonly scope?: string | undefined
  /**
   * Between the scopes that are asked for. Default a space; a comma for Shopify and Slack (shopify.dev, docs.slack.dev), a plus for Pennylane.
   * @example scopeSeparator: ','
   */
  readonly scopeSeparator?: ' ' | ',' | '+' | undefined
  /**
   * Further parameters of the token request, as `{ expiring: '1' }` (Shopify) or `{ expires_in: '3600' }` (Zendesk): some providers tell a lifetime only when asked.
   * @example parameters: { expiring: '1' }
   */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /**
   * What makes a standard token request an odd one, before it is sent.
   * @example request: { body: 'json' }
   */
  readonly request?: TokenRequestRules | undefined
  /**
   * What makes an odd token answer a standard one, before validation.
   * @example answer: { at: 'authed_user' }
   */
  readonly answer?: TokenAnswerRules | undefined
  /**
   * Where the access token goes on API requests, where it is not `Authorization: Bearer`: `{ name: 'X-Shopify-Access-Token', prefix: '' }` (shopify.dev, access tokens), `{ name: 'Authorization', prefix: 'Zoho-oauthtoken ' }` (zoho.com/crm/developer/docs/api).
   * @example tokenHeader: { name: 'X-Shopify-Access-Token', prefix: '' }
   */
  readonly tokenHeader?: TokenHeader | undefined
  /** @example refresh: { graceWindowMs: 30_000, idleLimitMs: 7_776_000_000 } */
  readonly refresh?: RefreshOptions | undefined
}

/** A definition as it is written: what has a default may be left out. */
export type Unset<Definition extends OAuth2Definition> = Omit<
  Definition,
  'kind' | 'clientAuthentication'
> & {
  /** Default `client_secret_basic`, or `private_key_jwt` where there is a `clientKey`; `none` for public clients. */
  readonly clientAuthentication?: ClientAuthentication | undefined
}

export type OAuth2Options = Unset<OAuth2Definition>

export function withClientAuthentication<
  Options extends Pick<OAuth2Options, 'clientAuthentication' | 'clientKey'>,
>(options: Options): Options & Pick<OAuth2Definition, 'clientAuthentication'> {
  const usual = options.clientKey === undefined ? 'client_secret_basic' : 'private_key_jwt'
  return { ...options, clientAuthentication: options.clientAuthentication ?? usual }
}

/** URLs of a definition that `{account}` and other variables may stand in. */
const URL_NAMES = [
  'tokenUrl',
  'issuer',
  'authorizationUrl',
  'refreshUrl',
  'introspectionUrl',
  'revocationUrl',
] as const

/** The URLs that a definition has, by the names of its members. */
export function oauth2Urls(auth: {
  readonly [Name in (typeof URL_NAMES)[number]]?: string | undefined
}): Readonly<Record<string, string>> {
  const urls: Record<string, string> = {}
  for (const name of URL_NAMES) {
    const url = auth[name]
    if (url !== undefined) urls[name] = url
  }
  return urls
}
