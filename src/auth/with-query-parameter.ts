import { setQuery, withPair } from '../wire/query.js'
import type { OutgoingRequest } from './auth-kind.js'

/** Sets a query parameter in place of any of the same name; the rest stays as it was written. */
export function withQueryParameter(
  request: OutgoingRequest,
  name: string,
  value: string,
): OutgoingRequest {
  const url = new URL(request.url)
  setQuery(url, name, value)
  return { ...request, url }
}

/** Sets one pair of an `application/x-www-form-urlencoded` text and leaves the others byte for byte. */
export function setPair(text: string, name: string, value: string): string {
  return withPair(text, name, new URLSearchParams([[name, value]]).toString())
}
