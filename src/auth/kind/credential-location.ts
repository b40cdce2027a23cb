import { createFailure } from '../../contract/failure.js'
import type { Carriers, OutgoingRequest } from './auth-kind.js'
import { CONTROL_CHARACTER, isHeaderValue } from './header-value.js'
import { withBodyField } from './with-body-field.js'
import { withCookie, withHeader, withQueryParameter } from './put-on-request.js'

/** Where on a request a value stands. */
export interface CredentialLocation {
  readonly in: 'header' | 'query' | 'body' | 'cookie'
  /** The name of the header, the parameter or the cookie; in a body: names joined by dots (`auth.key`). */
  readonly name: string
}

// RFC 6265 section 4.1.1: cookie-value, with or without its double quotes.
const COOKIE_VALUE =
  /^(?:[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*|"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")$/

/** Says why a text can't stand at a location, or nothing. Never repeats it. */
export function valueProblem(location: CredentialLocation, text: string): string | undefined {
  switch (location.in) {
    case 'header':
      return isHeaderValue(text)
        ? undefined
        : 'holds a line break, a control character or one outside latin-1'
    case 'cookie':
      return COOKIE_VALUE.test(text)
        ? undefined
        : 'holds what no cookie can: a space, comma, semicolon, quote, backslash, control character or one outside ASCII (RFC 6265 section 4.1.1)'
    case 'query':
    case 'body':
      return CONTROL_CHARACTER.test(text)
        ? 'holds a line break or another control character'
        : undefined
  }
}

/**
 * Puts a value at a location of a copy of the request, instead of what stood there.
 * @throws ApplicationFailure `InvalidInput` for a value or a body that the location can't take; repeats neither
 */
export function putAt(
  request: OutgoingRequest,
  location: CredentialLocation,
  value: string,
): OutgoingRequest {
  const problem = valueProblem(location, value)
  if (problem !== undefined)
    throw createFailure(
      'InvalidInput',
      `The value for the ${locationName(location)} ${problem}: connect again with a clean one.`,
    )
  switch (location.in) {
    case 'header':
      return withHeader(request, location.name, value)
    case 'query':
      return withQueryParameter(request, location.name, value)
    case 'cookie':
      return withCookie(request, location.name, value)
    case 'body':
      return withBodyField(request, location.name, value)
  }
}

/** `header X-Api-Key`, for messages. */
export function locationName({ in: where, name }: CredentialLocation): string {
  return `${{ header: 'header', query: 'query parameter', cookie: 'cookie', body: 'body field' }[where]} ${name}`
}

export function carriersOf(locations: readonly CredentialLocation[]): Carriers {
  const names = (where: CredentialLocation['in']): readonly string[] =>
    locations.filter((location) => location.in === where).map(({ name }) => name)
  const all = {
    headers: names('header'),
    query: names('query'),
    cookies: names('cookie'),
    body: names('body'),
  }
  return Object.fromEntries(Object.entries(all).filter(([, some]) => some.length > 0))
}

/** The second of two locations that are the same, or of which one is within the other. */
export function locationTakenTwice<Some extends CredentialLocation>(
  locations: readonly Some[],
): Some | undefined {
  return locations.find((location, index) =>
    locations.slice(0, index).some((before) => meets(before, location)),
  )
}

function meets(one: CredentialLocation, other: CredentialLocation): boolean {
  if (one.in !== other.in) return [one, other].every(isInCookieHeader)
  if (one.in === 'header') return one.name.toLowerCase() === other.name.toLowerCase()
  if (one.in === 'body')
    return (
      `${one.name}.`.startsWith(`${other.name}.`) || `${other.name}.`.startsWith(`${one.name}.`)
    )
  return one.name === other.name
}

function isInCookieHeader(location: CredentialLocation): boolean {
  return (
    location.in === 'cookie' ||
    (location.in === 'header' && location.name.toLowerCase() === 'cookie')
  )
}
