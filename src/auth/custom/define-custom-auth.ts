import type { MintFailureClass } from '../../contract/token-activities.js'
import type { VariableValues } from '../../definition/variables.js'
import type { Secret } from '../../sealing/secret.js'
import type { Carriers, OutgoingRequest, SecretFields } from '../kind/auth-kind.js'
import type { ExchangeOnce } from '../kind/exchange.js'

/** Plain data that a definition hands to functions. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

export type CustomOptions = Readonly<Record<string, JsonValue>>

export interface CustomAuthInput<Options extends CustomOptions = CustomOptions> {
  /** The fields of the credential (for `authorize` beside `mint`: of the token) and the connector's `secrets`, opened. */
  readonly secrets: SecretFields
  /** As the connector's definition has them. */
  readonly options: Options
  /** Values of the connector's variables, and `account`: `acme` of `shopify/acme`. */
  readonly variables: VariableValues
  /** Milliseconds since the epoch, for `authorize` by the upstream's clock as far as it is known. */
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

export interface CustomAuthorizeInput<
  Options extends CustomOptions = CustomOptions,
> extends CustomAuthInput<Options> {
  /** A copy, final but for the credential. */
  readonly request: OutgoingRequest
}

export interface CustomMintInput<
  Options extends CustomOptions = CustomOptions,
> extends CustomAuthInput<Options> {
  /** Sends one request within the limits of token requests and tells what came; never throws. */
  readonly exchangeOnce: ExchangeOnce
}

export interface CustomToken {
  /** What `authorize` gets. Without an `authorize`: `accessToken`, sent as Bearer. */
  readonly token: Readonly<Record<string, string | Secret>>
  /** From before the token was asked for. */
  readonly lifetimeMs: number
  /** The fields of the credential from now on, where they changed; absent: as they were. */
  readonly grant?: Readonly<Record<string, string | Secret>> | undefined
  readonly scope?: string | undefined
  /** Whose account it is: compared at re-authorisation. */
  readonly subject?: string | undefined
  /** The JSON of the answer, for variables that come from it. */
  readonly answer?: unknown
}

export interface CustomMintFailure {
  readonly failed: MintFailureClass
  /** Letters, digits and `_`; shown to operators. */
  readonly code: string
  readonly retryAfterMs?: number | undefined
}

interface CustomAuthRules<Options extends CustomOptions> {
  /** Says what a credential lacks, or nothing; words that hold a value of it are not shown. */
  readonly checkFields?:
    ((secrets: SecretFields, options: Options) => string | undefined) | undefined
  /** Where the credential goes, so that it is kept out of what is written down. */
  readonly carriers?: Carriers | undefined
  /** What it puts on holds the time: a refused request is signed once more by the upstream's clock. */
  readonly signsTime?: boolean | undefined
}

/** Gets opened secrets and a request, returns a request: asked for every attempt. */
export interface CustomRequestAuth<
  Options extends CustomOptions = CustomOptions,
> extends CustomAuthRules<Options> {
  readonly authorize: (
    input: CustomAuthorizeInput<Options>,
  ) => OutgoingRequest | Promise<OutgoingRequest>
  readonly mint?: never
}

/** Returns a token with its lifetime, which is refreshed, leased and shown as any other. */
export interface CustomTokenAuth<
  Options extends CustomOptions = CustomOptions,
> extends CustomAuthRules<Options> {
  readonly mint: (input: CustomMintInput<Options>) => Promise<CustomToken | CustomMintFailure>
  /** Whether getting a token may use up the credential. Default false. */
  readonly consumesGrant?: boolean | undefined
  /** Default: `Authorization: Bearer` with the token's `accessToken`. */
  readonly authorize?: CustomRequestAuth<Options>['authorize'] | undefined
}

const DEFINED: unique symbol = Symbol('tokenkeeper.customAuth')

/** What {@link defineCustomAuth} returns. */
export type CustomAuthFunctions = (CustomRequestAuth | CustomTokenAuth) & {
  readonly [DEFINED]: true
}

/** The functions of each kind, by the name that connectors call it: `custom('acme-signature', …)`. */
export type CustomAuthRegistry = Readonly<Record<string, CustomAuthFunctions>>

/**
 * The functions behind `custom('name', …)` of a connector, for `customAuth` of a keeper worker or
 * plugin. What they throw becomes `CustomAuthFailed` without a word of it; a request that they return
 * is checked: the same method and origin, clean headers.
 * @throws TypeError where neither `authorize` nor `mint` is a function
 */
export function defineCustomAuth<Options extends CustomOptions = CustomOptions>(
  functions: CustomRequestAuth<Options> | CustomTokenAuth<Options>,
): CustomAuthFunctions {
  const { authorize, mint, checkFields } = functions
  for (const [name, one] of Object.entries({ authorize, mint, checkFields }))
    if (one !== undefined && typeof one !== 'function')
      throw new TypeError(`defineCustomAuth(): ${name} must be a function`)
  if (authorize === undefined && mint === undefined)
    throw new TypeError(
      'defineCustomAuth(): give authorize (request in, request out), or mint (returns a token and its lifetime), or both',
    )
  // Which connector names them is not known here: its options are the function's to check.
  return Object.freeze({ ...functions, [DEFINED]: true }) as unknown as CustomAuthFunctions
}

export function isCustomAuthFunctions(value: unknown): value is CustomAuthFunctions {
  return typeof value === 'object' && value !== null && DEFINED in value
}
