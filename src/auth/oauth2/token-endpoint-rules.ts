import type { LifetimeForm } from '../kind/lifetime.js'

/**
 * What makes a standard token request an odd provider's. Sources: the providers named at each field.
 */
export interface TokenRequestRules {
  /**
   * Default `POST`; `GET` puts the parameters into the query (the refreshes of Instagram and Threads: developers.facebook.com/docs/threads/get-started/long-lived-tokens).
   * @example method: 'GET'
   */
  readonly method?: 'POST' | 'GET' | undefined
  /**
   * Where the parameters go. Default `form`; `json`: Atlassian (developer.atlassian.com, OAuth 2.0 3LO apps); `query`: Zoho (zoho.com/accounts/protocol/oauth), which leaves secrets in the provider's logs.
   * @example body: 'json'
   */
  readonly body?: 'form' | 'json' | 'query' | undefined
  /**
   * The provider's names of standard parameters, as `{ client_id: 'client_key' }` (TikTok: developers.tiktok.com, OAuth user access token management).
   * @example names: { client_id: 'client_key' }
   */
  readonly names?: Readonly<Record<string, string>> | undefined
  /**
   * Further headers, as `{ 'Notion-Version': '2022-06-28' }` (developers.notion.com, Create a token).
   * @example headers: { 'Notion-Version': '2022-06-28' }
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Neither client id nor client secret is sent (the refreshes of Instagram and Threads). */
  readonly unauthenticated?: boolean | undefined
}

/** Makes an odd token answer a standard one. Sources: the providers named at each field. */
export interface TokenAnswerRules {
  /**
   * Path of the object that holds the token (Slack `authed_user`); `0` where the answer is a list with one.
   * @example at: 'authed_user'
   */
  readonly at?: string | undefined
  /**
   * An answer of this status without a token means "not yet": asked again after so long (default 2 s), and the grant is not used up. As `{ status: 202 }`.
   * @example notReady: { status: 202 }
   */
  readonly notReady?: { readonly status: number; readonly afterMs?: number | undefined } | undefined
  /**
   * Names in the answer of the standard fields, as `{ access_token: 'accessToken' }`.
   * @example fields: { access_token: 'accessToken' }
   */
  readonly fields?: Readonly<Partial<Record<TokenField, string>>> | undefined
  /** A form-encoded answer is read too (GitHub's default). */
  readonly form?: boolean | undefined
  /** For answers without `token_type`, or with one that is not known; default `bearer`. */
  readonly tokenType?: 'bearer' | undefined
  /**
   * What `expires_in` holds. Default `seconds`. Fiserv gives milliseconds; other providers give seconds since the epoch, an ISO date or a duration.
   * @example expiresIn: 'milliseconds'
   */
  readonly expiresIn?: LifetimeForm | undefined
  /**
   * What `refresh_token_expires_in` holds. Default: as `expiresIn`.
   * @example refreshTokenExpiresIn: 'epoch-seconds'
   */
  readonly refreshTokenExpiresIn?: LifetimeForm | undefined
  /**
   * Paths of further lifetimes in the answer, in the same form, that end the token as well: the earliest counts (Slack's bot and user token in one answer: docs.slack.dev, token rotation).
   * @example expiresWith: ['authed_user.expires_in']
   */
  readonly expiresWith?: readonly string[] | undefined
  /** `refresh.defaultLifetimeMs` holds, whatever the answer says (Tripletex: 5 days). */
  readonly lifetime?: 'configured' | undefined
  /**
   * A failure told at HTTP 200 (Slack `ok: false`, GitHub `error`): path, the value that means success where there is one, and the path of the error code.
   * @example failure: { path: 'ok', okValue: true, code: 'error' }
   */
  readonly failure?:
    | {
        readonly path: string
        readonly okValue?: string | number | boolean | undefined
        readonly code?: string | undefined
      }
    | undefined
  /**
   * The standard code that a provider's own means, as `{ bad_refresh_token: 'invalid_grant' }`.
   * @example errors: { bad_refresh_token: 'invalid_grant' }
   */
  readonly errors?: Readonly<Record<string, TokenErrorCode>> | undefined
}

export const TOKEN_FIELDS = [
  'access_token',
  'refresh_token',
  'expires_in',
  'token_type',
  'scope',
  'refresh_token_expires_in',
] as const

export type TokenField = (typeof TOKEN_FIELDS)[number]

/** `duration`: text with a unit (`1h`, `90 minutes`, `30 days`), or `D:HH:MM` (Tableau `estimatedTimeToExpiration`: help.tableau.com, REST API authentication). */
export const EXPIRY_FORMS = [
  'seconds',
  'milliseconds',
  'epoch-seconds',
  'epoch-milliseconds',
  'iso',
  'duration',
] as const satisfies readonly LifetimeForm[]

/**
 * The error codes that have a meaning here: RFC 6749 section 5.2 and 4.1.2.1, and `rate_limited` for
 * providers that tell a limit without HTTP 429 (Zoho).
 */
export const TOKEN_ERROR_CODES = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'rate_limited',
] as const

export type TokenErrorCode = (typeof TOKEN_ERROR_CODES)[number]

/** Error codes are words joined by underscores: tokens don't look so. */
export const ERROR_CODE_FORM = /^[a-z]{2,24}(?:_[a-z]{2,24}){1,4}$/
