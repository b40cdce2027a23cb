import type * as z from 'zod'
import type {
  AuthorizationUrlResult,
  LifetimeNote,
  MintFailureClass,
  MintInput,
  RevokeResult,
} from '../../contract/token-activities.js'
import type { RefreshPolicy } from '../../contract/connector-facts.js'
import type { VariableRules, VariableValues } from '../../definition/variables.js'
import type { Secret } from '../../sealing/secret.js'
import type { Exchange, ExchangeOnce } from './exchange.js'
import type { KnownProviders } from './known-providers.js'

/** The opened fields of a credential, grant or token, by name (`apiKey`, `refreshToken`, `clientSecret` ...). */
export type SecretFields = Readonly<Record<string, Secret>>

/** The global `URL`, where there is one: the types of this room are free of Node's. */
export type WebUrl = typeof globalThis extends { URL: new (...args: never) => infer Made }
  ? Made
  : never

/** A request about to leave, after its last change but for the credential. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: WebUrl
  readonly headers: Record<string, string>
  readonly body?: string | undefined
}

/** What signing takes from outside; asked anew for every attempt. */
export interface SigningContext {
  /** Milliseconds since the epoch by the upstream's clock, as far as it is known. */
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
  /** Resolves a reference of the definition (`secret('env:…')` in code). */
  readonly resolve: (reference: { readonly secret: string }) => Promise<Secret>
  /** Values for `{name}` in texts of the definition, `account` among them; absent: none is known. */
  readonly variables?: VariableValues | undefined
  /** The connector's rules for them. */
  readonly rules?: VariableRules | undefined
}

/** When to refresh, where it differs from the defaults. */
export type RefreshOptions = Partial<Omit<RefreshPolicy, 'maxLeaseAgeMs'>>

/** What every definition of a kind has. */
export interface AuthLike {
  readonly kind: string
}

/** What a kind needs from outside to get a token. */
export interface MintContext<Auth extends AuthLike = AuthLike> {
  readonly auth: Auth
  /** `acme` of `shopify/acme`. */
  readonly account: string
  /** The fields of the grant, without the values of the connector's variables. */
  readonly fields: SecretFields
  /** Values for `{name}` in the URLs of the definition, `account` among them: strictly checked. */
  readonly variables: VariableValues
  /** The connector's rules for them. */
  readonly rules: VariableRules
  /** Resolves a reference of the definition (`secret('env:…')` in code). */
  readonly resolve: (reference: { readonly secret: string }) => Promise<Secret>
  /** Sends a token request, once. */
  readonly exchangeOnce: ExchangeOnce
  /** The connector's, filled in; absent where a value of the token answer stands in it. */
  readonly baseUrl?: string | undefined
  /** The upstream refuses the current token, so that its session is not kept alive but replaced. */
  readonly rejected?: true | undefined
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
  /** What discovery and refusals showed before; absent: it is found out each time. */
  readonly providers?: KnownProviders | undefined
  /** The lifetime of the previous token, for answers that name none. */
  readonly previousLifetimeMs?: number | undefined
  /** What earlier tries with this credential leave open; absent: there were none. */
  readonly prior?: MintInput['prior'] | undefined
  /** An answer of before that was kept because it could not be read: it is read in place of asking. */
  readonly kept?: Exchange | undefined
}

/** A token, and what came with it. */
export interface MintGranted {
  readonly outcome: 'granted'
  /** Goes into the lease: what `authorize` gets. */
  readonly token: SecretFields
  /** The fields of the next grant; absent: the grant stays as it is. */
  readonly grant?: SecretFields | undefined
  readonly sentAtMs: number
  readonly answeredAtMs: number
  readonly lifetimeMs?: number | undefined
  readonly lifetimeNote?: LifetimeNote | undefined
  readonly refreshTokenLifetimeMs?: number | undefined
  /** The answer (see `keepAnswer`), where a part of it that may be the next grant could not be read. */
  readonly unread?: Secret | undefined
  readonly scope?: string | undefined
  /** Space-separated: asked for and not granted. */
  readonly missingScope?: string | undefined
  /** Whose account the token is of, where the answer says so: compared at re-authorisation. */
  readonly subject?: string | undefined
  /**
   * What a person should know although it works, each a sentence without any value of the answer:
   * shown in the status until the next token. As `no refresh token came: …`.
   */
  readonly warnings?: readonly string[] | undefined
  /** The JSON of the answer, for values that become part of the base URL. Never leaves the activity. */
  readonly answer?: unknown
}

/** When the token was asked for and when the answer came, in milliseconds since the epoch. */
export type MintDates = Pick<MintGranted, 'sentAtMs' | 'answeredAtMs'>

/** Why there is no token. */
export interface MintRefused {
  readonly outcome: 'refused'
  readonly class: MintFailureClass
  readonly code: string
  readonly message: string
  readonly retryAfterMs?: number | undefined
  /** `never`: what is misconfigured is tried once more, and then not again by itself, for a password may have counted as wrong (account lockout). A changed definition or an operator's refresh tries it. */
  readonly probe?: 'never' | undefined
  /** A success answer that could not be read (see `keepAnswer`): it may hold the next grant, and is kept where the last one may be used up. */
  readonly unread?: Secret | undefined
}

export type MintOutcome = MintGranted | MintRefused

/** Where a kind puts the credential: nothing else may stand there, and it never leaves with a redirect. */
export interface Carriers {
  readonly headers?: readonly string[] | undefined
  readonly query?: readonly string[] | undefined
  readonly cookies?: readonly string[] | undefined
  /** Fields of a form, or paths into a JSON object (`auth.key`). */
  readonly body?: readonly string[] | undefined
}

/**
 * One way to authenticate, whole: its definition as data (`schema`), what a credential of it looks
 * like, how it gets a token and what it puts on a request. One file holds it and the registry has one
 * line for it. What a kind needs from outside (time, randomness, network, secrets) is handed to it.
 */
export interface AuthKind<Auth extends AuthLike = AuthLike> {
  readonly kind: Auth['kind']
  /** The function that makes a definition, for messages: `apiKey()`. */
  readonly madeBy: string
  /** A strict object with `kind` as a literal. */
  readonly schema: z.ZodType
  /** What right looks like, by path below `auth`; `''` for the whole, `*` for any member of a list. */
  readonly examples: Readonly<Record<string, string>>
  /** The fields that a credential of this kind may have. */
  readonly fields: (auth: Auth) => readonly string[]
  /** The fields that are no secret, as a user name: they may be written down. */
  readonly plainFields?: ((auth: Auth) => readonly string[]) | undefined
  /** The fields that may be given empty, as the password of Basic. */
  readonly emptyFields?: ((auth: Auth) => readonly string[]) | undefined
  /**
   * The fields that a person is asked for in a form, where these are not all: what the definition has, and what
   * comes by itself, is left out. The second list may be left empty.
   */
  readonly askedFields?:
    | ((auth: Auth) => { readonly needed: readonly string[]; readonly optional: readonly string[] })
    | undefined
  /** The fields that take several lines, as a private key in PEM. */
  readonly longFields?: ((auth: Auth) => readonly string[]) | undefined
  /** The field that a credential given as one text is; undefined where one text can't be one. */
  readonly fieldsOfText: (text: Secret, auth: Auth) => SecretFields | undefined
  /** Says what a credential lacks, or nothing. Never repeats a value. */
  readonly checkFields: (fields: SecretFields, auth: Auth) => string | undefined
  /** Whether tokens die and are got again. */
  readonly refreshes: (auth: Auth) => boolean
  /** Whether a token request may use up the grant (a rotating refresh token). */
  readonly consumesGrant: (auth: Auth) => boolean
  /** `mint` reads `kept` of its context in place of asking. */
  readonly readsKept?: true | undefined
  /** When to refresh, where it differs from the defaults. */
  readonly policy?: ((auth: Auth) => RefreshOptions | undefined) | undefined
  /** URLs of the definition that `{account}` and other variables may stand in, by path below `auth`. */
  readonly urls?: ((auth: Auth) => Readonly<Record<string, string>>) | undefined
  /** Other texts of the definition that variables of the forms label and segment may stand in, by path below `auth`. */
  readonly templates?: ((auth: Auth) => Readonly<Record<string, string>>) | undefined
  readonly carriers?: ((auth: Auth) => Carriers) | undefined
  /** A refusal may mean that the clock is off: learn it from the `Date` header and try once more. */
  readonly signsTime?: ((auth: Auth) => boolean) | undefined
  /**
   * Static kinds answer without network. Never throws for what a provider does.
   * @throws ApplicationFailure `SecretUnresolved`, `InvalidConnection`: before anything is sent
   */
  readonly mint: (context: MintContext<Auth>) => Promise<MintOutcome>
  /** Puts the credential on the request: the last change before it is sent. */
  readonly authorize: (
    request: OutgoingRequest,
    token: SecretFields,
    auth: Auth,
    signing: SigningContext,
  ) => OutgoingRequest | Promise<OutgoingRequest>
  /**
   * For kinds whose grant comes from a browser (RFC 6749 section 4.1): the URL to open, with PKCE and
   * without `state`, which only the asker knows. The code that comes back is a credential with the
   * fields `code`, `codeVerifier` and `redirectUri`, and `mint` exchanges it, once.
   * @throws ApplicationFailure as `mint`
   */
  readonly authorizationUrl?:
    ((context: AuthorizationContext<Auth>) => Promise<AuthorizationUrlResult>) | undefined
  /** Tells the provider that the grant is no longer wanted (RFC 7009, a logout); best effort. */
  readonly revoke?: ((context: RevokeContext<Auth>) => Promise<RevokeResult>) | undefined
}

export interface AuthorizationContext<Auth extends AuthLike = AuthLike> extends Omit<
  MintContext<Auth>,
  'fields'
> {
  readonly redirectUri: string
  /** BASE64URL(SHA256(code_verifier)), RFC 7636 section 4.2. */
  readonly codeChallenge: string
  /** In place of the definition's scope; space-separated. */
  readonly scope?: string | undefined
}

export interface RevokeContext<Auth extends AuthLike = AuthLike> extends MintContext<Auth> {
  /** What the last lease carried, where there is one. */
  readonly token?: SecretFields | undefined
}
