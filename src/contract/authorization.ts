import type { Actor } from './actor.js'
import type { DetailsChange } from './connection-details.js'
import type { Sealed } from './sealed.js'

/** An error code of OAuth (RFC 6749 section 4.1.2.1), and no text beside it. */
export const OAUTH_ERROR_CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** How long an authorization may take from its URL to its callback. */
export const AUTHORIZATION_LIFETIME_MS = 10 * 60_000

/**
 * Why an authorization did not come to a connection, beside what the exchange of the code may fail
 * with. Each one ends the authorization: it has to be begun anew.
 */
export const AUTHORIZATION_CODES = [
  /** The provider says that the person did not agree. */
  'AuthorizationDenied',
  /** The provider says that something else is wrong; its code is in the message. */
  'AuthorizationFailed',
  /** No authorization with this state: never begun, long over, or the state is changed. */
  'AuthorizationStateUnknown',
  'AuthorizationUsed',
  'AuthorizationExpired',
  /** The browser that came back is not the one that was sent out. */
  'AuthorizationOfSomeoneElse',
  /** Another authorization server answered than the one that was asked (RFC 9207, RFC 9700 section 4.4). */
  'IssuerMismatch',
  /** It works, and it is the account of somebody else than the connection's. */
  'OtherAccount',
] as const

export type AuthorizationCode = (typeof AUTHORIZATION_CODES)[number]

export function isAuthorizationCode(value: unknown): value is AuthorizationCode {
  return AUTHORIZATION_CODES.some((code) => code === value)
}

/** The argument of `tokenkeeper.begin-authorization-update`: hashes are SHA-256 in base64url. */
export interface BeginAuthorization {
  readonly stateHash: string
  readonly bindingHash: string
  /** RFC 7636 section 4.2, S256. */
  readonly codeChallenge: string
  /** Purpose `verifier`. */
  readonly sealedVerifier: Sealed
  readonly redirectUri: string
  readonly scope?: string | undefined
  /** Values for variables of the connector that come with the credential: parts of URLs, no secrets. */
  readonly variables?: Readonly<Record<string, string>> | undefined
  readonly allowOtherAccount?: boolean | undefined
  /** What is said of the connection once it is authorised. */
  readonly details?: DetailsChange | undefined
  readonly actor?: Actor | undefined
}

export type BeginAuthorizationResult =
  /** The URL is without `state`, which only the asker knows. */
  | { readonly outcome: 'begun'; readonly url: string; readonly expiresAtMs: number }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

/** The argument of `tokenkeeper.complete-authorization-update`. */
export interface CompleteAuthorization {
  readonly stateHash: string
  readonly bindingHash: string
  /** Where the callback came in. */
  readonly redirectUri: string
  /** RFC 9207. */
  readonly iss?: string | undefined
  readonly answer:
    /** The parameters of the callback as a JSON object of texts, with purpose `credential`. */
    | { readonly sealed: Sealed }
    /** The provider's error code (RFC 6749 section 4.1.2.1), of the form of one. */
    | { readonly error: string }
}

/** What the URL of an authorization is made of, on a keeper worker. */
export interface AuthorizationUrlInput {
  readonly connection: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly scope?: string | undefined
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** The grant of before: values of variables that are not given stay. */
  readonly previous?: Sealed | undefined
}
