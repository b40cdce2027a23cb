import type { Sealed } from './sealed.js'

declare const referenceBrand: unique symbol

/** A name of a secret, never the secret: `env:NAME` or `file:/absolute/path`. */
export type SecretReference = { readonly secret: string; readonly [referenceBrand]?: true }

/** The name of a kind of authentication, as `api-key`; the registry of the connectors holds them all. */
export type AuthKindName = string

/**
 * A credential as messages carry it. `reference` must be inside the allow-list of the keeper worker;
 * `sealed` has purpose `credential`. What either opens to is text: the one secret of the kind (API
 * key, refresh token, client secret), or a JSON object of its fields.
 */
export type CredentialSource = ({ readonly reference: string } | { readonly sealed: Sealed }) & {
  /** Takes it although it is the credential of another account than before. */
  readonly allowOtherAccount?: boolean | undefined
}

/** What a callback brought, with what was kept for it: the code of an authorization. */
export interface AuthorizationSource {
  /** The callback's parameters; purpose `credential`. */
  readonly sealed: Sealed
  readonly allowOtherAccount?: boolean | undefined
  readonly authorization: {
    /** Purpose `verifier`. */
    readonly sealedVerifier: Sealed
    readonly redirectUri: string
    /** The parameter that brings the code. Default `code`. */
    readonly codeParameter?: string | undefined
    readonly variables?: Readonly<Record<string, string>> | undefined
    /** What the URL asked for. */
    readonly scope?: string | undefined
  }
}
