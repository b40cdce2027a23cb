import { createFailure } from '../../contract/failure.js'
import { headerName } from '../../definition/text-rules.js'
import type { OutgoingRequest } from '../kind/auth-kind.js'
import { isHeaderValue } from '../kind/header-value.js'

/** A copy that functions may change without changing what it was made of. */
export function copiedRequest(request: OutgoingRequest): OutgoingRequest {
  return { ...request, url: new URL(request.url), headers: { ...request.headers } }
}

/**
 * What functions of a user made of a request, if it may be sent: another method or origin, or a header
 * that would break the request, is refused without repeating anything of it.
 * @throws ApplicationFailure `ForeignOrigin`, `InvalidInput`
 */
export function checkedRequest(
  before: OutgoingRequest,
  made: unknown,
  name: string,
): OutgoingRequest {
  const refused = (what: string) =>
    createFailure(
      'InvalidInput',
      `The custom authentication '${name}' returned ${what}; nothing was sent. Mend the function that is registered for it.`,
    )
  if (typeof made !== 'object' || made === null) throw refused('no request')
  const { method, url, headers, body } = made as Partial<Record<keyof OutgoingRequest, unknown>>
  if (method !== before.method) throw refused('a request of another method')
  const target = url instanceof URL ? new URL(url) : undefined
  if (target === undefined) throw refused('a request whose url is no URL')
  if (target.username !== '' || target.password !== '')
    throw refused('a URL with a user name or password')
  if (target.origin !== before.url.origin)
    throw createFailure(
      'ForeignOrigin',
      `The custom authentication '${name}' returned a request to another origin; nothing was sent. A credential goes to the connector's own origins only.`,
    )
  if (body !== undefined && typeof body !== 'string') throw refused('a body that is no text')
  const clean = cleanHeaders(headers)
  if (typeof clean === 'string') throw refused(clean)
  return {
    method: before.method,
    url: target,
    headers: clean,
    body,
  }
}

function cleanHeaders(headers: unknown): Record<string, string> | string {
  // An instance of Headers would look empty here.
  if (!isPlainObject(headers)) return 'headers that are no plain object'
  const clean: Record<string, string> = {}
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.safeParse(name).success) return 'a header whose name is not allowed'
    if (seen.has(name.toLowerCase())) return 'a header twice'
    if (typeof value !== 'string' || !isHeaderValue(value))
      return 'a header with a line break, a control character or one outside latin-1'
    seen.add(name.toLowerCase())
    clean[name] = value
  }
  return clean
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
