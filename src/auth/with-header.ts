import type { OutgoingRequest } from './auth-kind.js'
import { checkHeaderValue } from './header-value.js'

/**
 * Sets a header in place of any of the same name, whatever its case.
 * @throws ApplicationFailure `InvalidInput` for a value that no header can have
 */
export function withHeader(request: OutgoingRequest, name: string, value: string): OutgoingRequest {
  const lowerCase = name.toLowerCase()
  const same = Object.keys(request.headers).filter((one) => one.toLowerCase() === lowerCase)
  const headers = { ...without(request.headers, same), [name]: checkHeaderValue(name, value) }
  return { ...request, headers }
}

function without(
  headers: OutgoingRequest['headers'],
  names: readonly string[],
): OutgoingRequest['headers'] {
  if (names.length === 0) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
}
