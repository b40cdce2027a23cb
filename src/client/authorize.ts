import {
  type BeginAuthorization,
  type CompleteAuthorization,
  OAUTH_ERROR_CODE,
} from '../contract/authorization.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { Seals } from '../sealing/sealer.js'
import { formatState, hashText, parseState, randomText } from './authorization-state.js'
import type { ActorOptions, DetailsOptions } from './operator-options.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** How an authorization is asked for, and what is said of the connection once it works. */
export interface BeginAuthorizationOptions extends ActorOptions, DetailsOptions {
  /**
   * Where the provider sends the browser back to: as registered with it; https, or http to loopback.
   * @example redirectUri: 'https://app.example/connections/callback'
   */
  readonly redirectUri: string
  /**
   * Space-separated, in place of the definition's.
   * @example scope: 'orders.read products.read'
   */
  readonly scope?: string | undefined
  /**
   * Values for variables of the connector that come with the credential: they become part of URLs.
   * @example variables: { shop: 'acme' }
   */
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** A living connection may come back as another account. */
  readonly allowOtherAccount?: boolean | undefined
}

/** An authorization that is under way. */
export interface BegunAuthorization {
  /** To be opened in the asker's browser. */
  readonly url: string
  /** What comes back in the callback; part of `url`. */
  readonly state: string
  /** Secret: goes into the asker's browser session (a cookie), and into nothing else. */
  readonly binding: string
  readonly expiresAtMs: number
}

export interface CompleteAuthorizationInput {
  /** The URL that the provider sent the browser to, its query, or the fields of its form. */
  readonly callback: URLSearchParams | URL | string
  /** From the session of the browser that came back; undefined where it has none. */
  readonly binding: string | undefined
  /** Where the callback came in: the same text as at the beginning. */
  readonly redirectUri: string
}

/** What an authorization is made of; only hashes and sealed values of it leave this process. */
export async function prepareAuthorization(
  ref: ConnectionRef,
  options: BeginAuthorizationOptions,
  sealer: Seals | undefined,
): Promise<{
  readonly message: BeginAuthorization
  readonly state: string
  readonly binding: string
}> {
  const connection = formatConnection(ref)
  const { redirectUri, scope, variables, allowOtherAccount } = options
  checkRedirectUri(redirectUri, connection)
  const random = randomText()
  const binding = randomText()
  const verifier = randomText()
  const message = {
    stateHash: hashText(random),
    bindingHash: hashText(binding),
    codeChallenge: hashText(verifier),
    sealedVerifier: await needSealer(sealer, connection).seal(verifier, {
      connection,
      purpose: 'verifier',
    }),
    redirectUri,
    scope,
    variables,
    allowOtherAccount,
  }
  return { message, state: formatState({ random, ref }), binding }
}

/** The URL to open: the kind's, with the state that only the asker knows. */
export function withState(url: string, state: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}state=${encodeURIComponent(state)}`
}

/** Reads a callback and seals what it brought, for the connection that its state names. */
export async function toCompletion(
  input: CompleteAuthorizationInput,
  sealer: Seals | undefined,
): Promise<{ readonly ref: ConnectionRef; readonly message: CompleteAuthorization }> {
  const { state, iss, error, parameters } = readCallback(input.callback)
  const parsed = parseState(state)
  if (parsed === undefined)
    throw new TokenkeeperError(
      'AuthorizationStateUnknown',
      'The callback brought a state that is none of tokenkeeper: begin the authorization again.',
    )
  const { ref, random } = parsed
  const connection = formatConnection(ref)
  const answer =
    error === undefined
      ? {
          sealed: await needSealer(sealer, connection).seal(JSON.stringify(parameters), {
            connection,
            purpose: 'credential',
          }),
        }
      : { error }
  const message = {
    stateHash: hashText(random),
    bindingHash: hashText(input.binding ?? ''),
    redirectUri: input.redirectUri,
    iss,
    answer,
  }
  return { ref, message }
}

function needSealer(sealer: Seals | undefined, connection: string): Seals {
  if (sealer !== undefined) return sealer
  throw new TokenkeeperError(
    'NoPublicKey',
    `An authorization of ${connection} can't be sealed: give TokenkeeperClient the publicKey that \`npx tokenkeeper keygen\` printed.`,
    connection,
  )
}

function checkRedirectUri(redirectUri: unknown, connection: string): void {
  const isUrl = typeof redirectUri === 'string' && URL.canParse(redirectUri)
  const url = isUrl ? new URL(redirectUri) : undefined
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)
  if (safe && url.username === '' && url.password === '' && !url.href.includes('#')) return
  throw new TokenkeeperError(
    'InvalidInput',
    `The redirectUri for ${connection} is none: write an https URL without fragment, or one of http to loopback, as it is registered with the provider.`,
    connection,
  )
}

/** What a callback of an authorization brought (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). */
interface Callback {
  readonly state: string
  readonly iss?: string | undefined
  /** The provider's error code, where it has the form of one; `error` where it has not. */
  readonly error?: string | undefined
  /** Everything else: the code, under whatever name. */
  readonly parameters: Readonly<Record<string, string>>
}

const MAX_CALLBACK_LENGTH = 16_384

/**
 * Reads a callback: a URL, its query with or without `?`, or the fields of a form.
 * @throws TokenkeeperError `InvalidInput`, `AuthorizationStateUnknown`; no message repeats what came
 */
export function readCallback(callback: URLSearchParams | URL | string): Callback {
  const all = toParameters(callback)
  if (all.toString().length > MAX_CALLBACK_LENGTH) throw invalid('The callback is too long.')
  const parameters: Record<string, string> = {}
  for (const [name, value] of all) {
    // RFC 6749 section 3.1: twice the same could be read as either.
    if (Object.hasOwn(parameters, name)) throw invalid('The callback names a parameter twice.')
    if (value !== '') Object.defineProperty(parameters, name, { value, enumerable: true })
  }
  const { state, iss, error, error_description: _text, error_uri: _link, ...rest } = parameters
  if (state === undefined)
    throw new TokenkeeperError(
      'AuthorizationStateUnknown',
      'The callback brought no state, so it belongs to no authorization: begin the authorization again.',
    )
  return {
    state,
    iss,
    error: error === undefined || OAUTH_ERROR_CODE.test(error) ? error : 'error',
    parameters: rest,
  }
}

function toParameters(callback: unknown): URLSearchParams {
  if (callback instanceof URLSearchParams) return callback
  if (callback instanceof URL) return callback.searchParams
  if (typeof callback !== 'string') throw invalid('The callback is no URL and no query.')
  if (callback.length > MAX_CALLBACK_LENGTH) throw invalid('The callback is too long.')
  const query = callback.indexOf('?')
  const text = query < 0 ? callback : callback.slice(query + 1)
  return new URLSearchParams(text.split('#', 1)[0])
}

function invalid(problem: string): TokenkeeperError {
  return new TokenkeeperError(
    'InvalidInput',
    `${problem} Begin the authorization again, and hand over the callback as it came in.`,
  )
}
