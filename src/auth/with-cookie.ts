import type { OutgoingRequest } from './auth-kind.js'
import { withHeader } from './with-header.js'

/**
 * Sets a cookie in place of one of the same name; the others of the request stay as they are, all in
 * one header (RFC 6265 section 5.4).
 * @param value checked by the caller: no semicolon, no control character
 * @throws ApplicationFailure `InvalidInput` for cookies of the request that no header can have
 */
export function withCookie(request: OutgoingRequest, name: string, value: string): OutgoingRequest {
  const others = Object.entries(request.headers)
    .filter(([header]) => header.toLowerCase() === 'cookie')
    .flatMap(([, text]) => text.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && pair.split('=')[0]?.trim() !== name)
  return withHeader(request, 'cookie', [...others, `${name}=${value}`].join('; '))
}
