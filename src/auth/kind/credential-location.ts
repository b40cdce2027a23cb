import { createFailure } from '../../contract/failure.js'
import type { Carriers, OutgoingRequest } from './auth-kind.js'
import { CONTROL_CHARACTER, isHeaderValue } from './header-value.js'
import { withCookie, withHeader, withQueryParameter, setPair } from './put-on-request.js'
import { memberNames } from '../../definition/at-path.js'
import { tryParseJson, writeJson } from '../../wire/json.js'

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

type JsonObject = Record<string, unknown>

/**
 * Sets a field of a JSON object (by path, missing objects on the way are made) or of a form, by the
 * request's content type. A request that may have a body and has none gets a JSON object.
 * @throws ApplicationFailure `InvalidInput` for any other body; its text is not repeated
 */
export function withBodyField(
  request: OutgoingRequest,
  path: string,
  value: string,
): OutgoingRequest {
  const { method, body } = request
  if (body === undefined && (method === 'GET' || method === 'HEAD'))
    throw bodyRefusal(path, `a ${method} has no body`)
  const type = contentType(request)
  if (type === 'application/x-www-form-urlencoded')
    return withBody(request, setPair(body ?? '', pairName(path), value))
  if (type === undefined && body === undefined)
    return withBody(request, setJson('{}', path, value), 'application/json')
  if (type === 'application/json' || type?.endsWith('+json'))
    return withBody(request, setJson(body ?? '{}', path, value))
  throw bodyRefusal(path, 'its content type is neither JSON nor application/x-www-form-urlencoded')
}

/** A form has no paths: a key in quotes is one of its names. */
function pairName(path: string): string {
  const [name, ...further] = memberNames(path)
  return name === undefined || further.length > 0 ? path : name
}

/** The length of the body before would cut the new one off, or make the upstream wait for more. */
function withBody(request: OutgoingRequest, body: string, type?: string): OutgoingRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'content-length'),
  )
  if (type !== undefined) headers['content-type'] = type
  return { ...request, headers, body }
}

function contentType({ headers }: OutgoingRequest): string | undefined {
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')
  return found?.[1].split(';')[0]?.trim().toLowerCase()
}

function setJson(text: string, path: string, value: string): string {
  const whole = tryParseJson(text)
  if (!isJsonObject(whole)) throw bodyRefusal(path, 'its body is no JSON object')
  const names = [...memberNames(path)]
  const last = names.pop() ?? ''
  let object = whole
  for (const name of names) {
    const next = Object.hasOwn(object, name) ? object[name] : {}
    if (!isJsonObject(next)) throw bodyRefusal(path, 'a value on the way to the field is no object')
    object[name] = next
    object = next
  }
  object[last] = value
  return writeJson(whole)
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bodyRefusal(path: string, reason: string): Error {
  return createFailure(
    'InvalidInput',
    `The connector's auth puts the credential into the body field ${path}, but this request can not carry it: ${reason}.`,
  )
}
