import type { Secret } from '../../src/sealing/secret.js'
import type { AuthDefinition } from '../../src/connectors/auth/registry.js'
import type { AuthKind as AuthKindName } from '../../src/contract/credential.js'
import type { MintFailureClass } from '../../src/contract/token-activities.js'
import type { ExchangeOnce } from '../http/exchange-once.js'

/** The opened fields of a credential or grant, by name (`apiKey`, `refreshToken`, `clientSecret` ...). */
export type SecretFields = Readonly<Record<string, Secret>>

/** A request about to leave, after its last change but for the credential. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Record<string, string>
  readonly body?: string
}

/** What a kind needs from outside to get a token. */
export interface MintContext<Auth extends AuthDefinition = AuthDefinition> {
  readonly auth: Auth
  readonly account: string
  readonly fields: SecretFields
  /** Resolves a reference of the definition (`secret('env:…')` in code). */
  readonly resolve: (reference: { readonly secret: string }) => Promise<Secret>
  /** Sends a token request, once. */
  readonly exchangeOnce: ExchangeOnce
  readonly now: () => number
}

export type MintOutcome =
  | {
      readonly ok: true
      /** Goes into the lease: what `authorize` gets. */
      readonly token: SecretFields
      /** The fields of the next grant; absent: the grant stays as it is. */
      readonly grant?: SecretFields
      readonly sentAtMs: number
      readonly answeredAtMs: number
      readonly lifetimeMs?: number
      readonly refreshTokenLifetimeMs?: number
      readonly scope?: string
    }
  | {
      readonly ok: false
      readonly class: MintFailureClass
      readonly code: string
      readonly message: string
      readonly retryAfterMs?: number
    }

/** One way to authenticate: data in, request out. The registry has one line for each. */
export interface AuthKind<Auth extends AuthDefinition = AuthDefinition> {
  readonly kind: AuthKindName
  /** The fields that a credential of this kind may have. */
  readonly fields: readonly string[]
  /** The field that a credential given as one text is. */
  readonly fieldsOfText: (text: Secret) => SecretFields
  /** Says what a credential lacks, or nothing. Never repeats a value. */
  readonly checkFields: (fields: SecretFields, auth: Auth) => string | undefined
  /** Whether tokens die and are got again. */
  readonly refreshes: boolean
  readonly consumesGrant: (auth: Auth) => boolean
  /**
   * Static kinds answer without network. Never throws for what a provider does.
   * @throws ApplicationFailure `SecretUnresolved`, `InvalidConnection`: before anything is sent
   */
  readonly mint: (context: MintContext<Auth>) => Promise<MintOutcome>
  /** Puts the credential on the request: the last change before it is sent. */
  readonly authorize: (request: OutgoingRequest, token: SecretFields, auth: Auth) => OutgoingRequest
}
