import { TokenkeeperError } from './tokenkeeper-error.js'

/** What a callback of an authorization brought (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). */
export interface Callback {
  readonly state: string
  readonly iss?: string | undefined
  /** The provider's error code, where it has the form of one; `error` where it has not. */
  readonly error?: string | undefined
  /** Everything else: the code, under whatever name. */
  readonly parameters: Readonly<Record<string, string>>
}

const MAX_CALLBACK_LENGTH = 16_384
const ERROR_CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

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
    error: error === undefined || ERROR_CODE.test(error) ? error : 'error',
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
