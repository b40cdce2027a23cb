import type * as z from 'zod'
import type { SecretReference } from '../contract/credential.js'
import type { RefreshPolicy } from '../contract/token-activities.js'

/** A frozen, validated definition of one upstream. Holds names of secrets, never secrets. */
export interface Connector<Endpoints extends EndpointMap = EndpointMap> {
  readonly id: string
  /** May hold `{account}`; https, or http to loopback. */
  readonly baseUrl: string
  readonly auth: AuthDefinition
  readonly endpoints: Endpoints
  /** Name of the endpoint that tells whether a credential works (a read without parameters). */
  readonly verify?: string
  /** Further origins that may receive the credential. */
  readonly origins?: readonly string[]
  /** How the upstream says "expired" beside a 401. */
  readonly expired?: ExpiredRule
}

export type EndpointMap = Readonly<Record<string, Endpoint>>

export interface ExpiredRule {
  /** Statuses that mean "expired" at any time. */
  readonly status?: readonly number[]
  /** Statuses that mean "expired" only once the stored expiry has passed (Atlassian 404, Fabric 403). */
  readonly statusOncePastExpiry?: readonly number[]
  /** A response header whose value contains the text. */
  readonly header?: { readonly name: string; readonly includes: string }
  /** A value in the JSON body, by path (`error.code`), equal to one of these; looked at whatever the status. */
  readonly body?: { readonly path: string; readonly equals: readonly (string | number | boolean)[] }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Endpoint<
  Path extends string = string,
  Query extends z.ZodType | undefined = z.ZodType | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Response extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly method: Method
  /** Joined to the base URL; `{id}` is a path parameter. */
  readonly path: Path
  readonly query?: Query
  readonly body?: Body
  readonly response?: Response
  /** Path of the list in an answer (`data.orders`); absent: the answer is the list. */
  readonly items?: string
  readonly paginate?: Pagination
  /** For sinks: how many records one request takes and where the list goes in the body (absent: the body is the list; with size 1 and no `items` the body is the record). */
  readonly batch?: { readonly size: number; readonly items?: string }
  /** A header that makes a repeat harmless, and the path of a record's id. */
  readonly idempotency?: { readonly header: string; readonly id?: string }
  /** Longest answer in bytes. Default 8 MiB for pages, 256 KiB for calls. */
  readonly maxBytes?: number
  /** Default 30,000. */
  readonly timeoutMs?: number
}

/** Pagination as data; further styles join this union. */
export type Pagination = LinkHeaderPagination

export interface LinkHeaderPagination {
  readonly style: 'link-header'
  /** Default `next`. */
  readonly rel: string
}

/** Authentication as data; one member a kind. A new kind is one file here's union, one in `activities/auth`. */
export type AuthDefinition = ApiKeyAuth | BasicAuth | ClientCredentialsAuth | RefreshTokenAuth

export interface ApiKeyAuth {
  readonly kind: 'api-key'
  readonly in: 'header' | 'query'
  /** Of the header or the query parameter. */
  readonly name: string
  /** Before the key in a header, as `Bearer `. */
  readonly prefix?: string
}

/** Credential fields `username` and `password`; as one text: `username:password`. */
export interface BasicAuth {
  readonly kind: 'basic'
}

interface OAuth2Common {
  /** https, or http to loopback; may hold `{account}`. */
  readonly tokenUrl: string
  readonly clientId: string | SecretReference
  readonly clientSecret?: SecretReference
  /** Default `client_secret_basic`; `none` for public clients. */
  readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post' | 'none'
  readonly scope?: string
  /** Further parameters of the token request. */
  readonly parameters?: Readonly<Record<string, string>>
  /** What makes an odd token answer a standard one, before validation. */
  readonly answer?: TokenAnswerRules
  readonly refresh?: Partial<RefreshPolicy>
}

/** Credential: none needed where the connector names id and secret; or fields `clientId`, `clientSecret`; as one text: the client secret. */
export interface ClientCredentialsAuth extends OAuth2Common {
  readonly kind: 'client-credentials'
}

/** Credential: field `refreshToken` (and `clientId`, `clientSecret` where they differ per connection); as one text: the refresh token. */
export interface RefreshTokenAuth extends OAuth2Common {
  readonly kind: 'refresh-token'
  /** `unknown` is treated as `rotating`. */
  readonly rotation: 'rotating' | 'none' | 'unknown'
}

/** Sources: `shared/facts/auth.md` 2.2 and the providers named at each field. */
export interface TokenAnswerRules {
  /** Path of the object that holds the token (Slack `authed_user`). */
  readonly at?: string
  /** Names in the answer of the standard fields, as `{ access_token: 'accessToken' }`. */
  readonly fields?: Readonly<Partial<Record<TokenField, string>>>
  /** A form-encoded answer is read too (GitHub's default). */
  readonly form?: boolean
  /** For answers without `token_type`, or with one that is not known; default `bearer`. */
  readonly tokenType?: 'bearer'
  readonly expiresIn?: 'seconds' | 'milliseconds' | 'epoch-seconds' | 'epoch-milliseconds' | 'iso'
  /** A failure told at HTTP 200 (Slack `ok: false`, GitHub `error`): path, and the value that means success where there is one. */
  readonly failure?: {
    readonly path: string
    readonly okValue?: string | number | boolean
    readonly code?: string
  }
  /** Provider's error codes by the standard one they mean, as `{ bad_refresh_token: 'invalid_grant' }`. */
  readonly errors?: Readonly<Record<string, string>>
}

export type TokenField = 'access_token' | 'refresh_token' | 'expires_in' | 'token_type' | 'scope'
