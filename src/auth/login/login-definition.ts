import type { SecretReference } from '../../contract/credential.js'
import type { RefreshOptions } from '../kind/auth-kind.js'

export type JsonTemplate =
  | string
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [name: string]: JsonTemplate }

/**
 * A body with `{name}` in its texts; `{{` and `}}` are braces. `json` is filled structurally: a value can't end its string; a text
 * that is nothing but one `{name}` keeps the JSON type of the value. `form` is encoded, values in `xml`
 * are escaped, values with control characters are refused in `text`.
 */
export type LoginBody =
  | { readonly json: JsonTemplate }
  | { readonly form: Readonly<Record<string, string>> }
  | { readonly xml: string; readonly contentType?: string | undefined }
  | { readonly text: string; readonly contentType: string }

/** A failure that the status alone does not show: each of the given conditions has to hold. */
export interface LoginFailureRule {
  readonly status?: readonly number[] | undefined
  /** A value of the JSON body: one of `equals`, or none of `differs`. */
  readonly json?:
    | {
        readonly path: string
        readonly equals?: readonly (string | number | boolean)[] | undefined
        readonly differs?: readonly (string | number | boolean)[] | undefined
      }
    | undefined
  /** The answer is an HTML page: for logins that show their form again. */
  readonly html?: true | undefined
  /** A text in the body. */
  readonly includes?: string | undefined
  /**
   * `refused`: the credential is wrong; it is never tried again by itself. `throttled`: too many
   * requests. `unavailable`: the upstream is down. `misconfigured`: the request itself is wrong.
   */
  readonly means: 'refused' | 'throttled' | 'unavailable' | 'misconfigured'
}

/** One request of a flow; `{name}` stands for credential fields, `secrets`, taken values, `{account}` and the connector's variables. */
export interface LoginRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /**
   * An absolute https URL (http to loopback), a path below the connector's base URL, or `{name}` of a
   * URL that was taken before, with a path behind it. It may hold `{account}`, the connector's variables
   * and, in its path, taken values and `plain` fields; secrets go into `query`, `headers` or `body`.
   */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, string>> | undefined
  /** HTTP Basic (RFC 7617) with these two. */
  readonly basic?: { readonly username: string; readonly password: string } | undefined
  readonly body?: LoginBody | undefined
  /** Default: a redirect is an answer. `same-origin`: at most three are followed within the origin. */
  readonly redirects?: 'same-origin' | undefined
  /** The statuses of a good answer. Default: 200 to 299. */
  readonly success?: readonly number[] | undefined
  readonly failures?: readonly LoginFailureRule[] | undefined
}

/** Where a value of an answer is. The value has to be there. */
export type LoginTake =
  | { readonly json: string }
  | { readonly header: string }
  /** `decode: 'url'` for cookies that are to be sent back decoded (Laravel's and Angular's `XSRF-TOKEN`). */
  | { readonly cookie: string; readonly decode?: 'url' | undefined }
  /**
   * Last resort, for HTML: a regular expression of RE2 (no lookaround, no reference back) with exactly
   * one group, over the first 64 KiB; read in linear time.
   */
  | { readonly pattern: string }

export interface LoginStep extends LoginRequest {
  /** For messages. */
  readonly name: string
  /** Values of the answer, by the name that later templates know them by. */
  readonly take?: Readonly<Record<string, LoginTake>> | undefined
}

export const LIFETIME_FORMS = [
  'seconds',
  'minutes',
  'milliseconds',
  'epoch-seconds',
  'epoch-milliseconds',
  'iso',
  'jwt',
] as const

/** How long a session lives: fixed, from a taken value, or as long as a cookie. */
export type LoginLifetime =
  | { readonly ms: number }
  | { readonly value: string; readonly form: (typeof LIFETIME_FORMS)[number] }
  | { readonly cookie: string }

/** What goes onto each API request. */
export interface LoginToken {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Cookies of the session, where their own rules (domain, path, secure) let them go; named ones must be there. */
  readonly cookies?: 'all' | readonly string[] | undefined
}

export interface KeepAlive extends LoginRequest {
  /** The session is kept alive at least so often. Default: before the lifetime ends. */
  readonly everyMs?: number | undefined
  /** A session older than this is not kept alive any more. */
  readonly maxAgeMs?: number | undefined
  /** Values that its answer renews. */
  readonly take?: Readonly<Record<string, LoginTake>> | undefined
}

/**
 * A login as data: a list of requests, what is taken from their answers, and what of it goes onto API
 * requests. Credential: the fields that `credential` names; as one text where it is one field.
 */
export interface LoginFlowAuth {
  readonly kind: 'login-flow'
  /** Names of the fields of a credential: `['username', 'password']`. */
  readonly credential: readonly string[]
  /** The fields that are no secret, as a user name: they may stand in the path of a URL. */
  readonly plain?: readonly string[] | undefined
  /** Secrets of the connector itself, by name: `{ appKey: secret('env:APP_KEY') }`. */
  readonly secrets?: Readonly<Record<string, SecretReference>> | undefined
  readonly steps: readonly LoginStep[]
  readonly token: LoginToken
  /** Absent: unknown; a new login then comes when the API says "expired". */
  readonly lifetime?: LoginLifetime | undefined
  /** Keeps the session alive instead of a new login, with the token on it; refused: a new login. */
  readonly keepAlive?: KeepAlive | undefined
  /** Ends the session when the connection is revoked, with the token on it. */
  readonly logout?: LoginRequest | undefined
  /** Hosts that a URL taken from an answer may lead to: `login.example.com` or `*.example.com`. */
  readonly hosts?: readonly string[] | undefined
  /** Taken values that the connector's variables (`from: 'answer'`) read, by their name here. */
  readonly answer?: readonly string[] | undefined
  /** The taken value that says whose account it is. */
  readonly subject?: string | undefined
  /** A new login ends the session before it, so that it is not made before the old one is about to end. */
  readonly oneSessionPerUser?: boolean | undefined
  /** The resource owner password grant (RFC 6749 section 4.3, removed by OAuth 2.1): refused without this word. */
  readonly legacy?: 'password-grant' | undefined
  /** Its `mode` is `always` where there is a `keepAlive`, unless it says another one: a session is kept alive, used or not. */
  readonly refresh?:
    | Pick<
        RefreshOptions,
        'minRefreshGapMs' | 'defaultLifetimeMs' | 'mode' | 'usedWithinMs' | 'catchUpMs'
      >
    | undefined
}
