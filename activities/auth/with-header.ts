import type { OutgoingRequest } from './auth-kind.js'
import { checkHeaderValue } from './header-value.js'

/**
 * Sets a header in place of any of the same name, whatever its case.
 * @throws ApplicationFailure `InvalidInput` for a value that no header can have
 */
export function withHeader(request: OutgoingRequest, name: string, value: string): OutgoingRequest {
  const others = Object.entries(request.headers).filter(
    ([one]) => one.toLowerCase() !== name.toLowerCase(),
  )
  const headers = { ...Object.fromEntries(others), [name]: checkHeaderValue(name, value) }
  return { ...request, headers }
}
