import { createFailure } from '../../contract/failure.js'
import { memberNames } from '../../definition/at-path.js'
import { tryParseJson, writeJson } from '../../wire/json.js'
import type { OutgoingRequest } from './auth-kind.js'
import { setPair } from './put-on-request.js'

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
