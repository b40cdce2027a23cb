import type { OutgoingRequest } from './auth-kind.js'

/** Sets a query parameter in place of any of the same name; the rest stays as it was written. */
export function withQueryParameter(
  request: OutgoingRequest,
  name: string,
  value: string,
): OutgoingRequest {
  const url = new URL(request.url)
  // With its own question mark: the setter would take one of the query away.
  url.search = `?${setPair(url.search.slice(1), name, value)}`
  return { ...request, url }
}

/** Sets one pair of an `application/x-www-form-urlencoded` text and leaves the others byte for byte. */
export function setPair(text: string, name: string, value: string): string {
  const others = text.split('&').filter((pair) => pair !== '' && nameOfPair(pair) !== name)
  return [...others, new URLSearchParams([[name, value]]).toString()].join('&')
}

function nameOfPair(pair: string): string | undefined {
  // The parser takes a `?` at the beginning for a separator, which within a query it is not.
  return [...new URLSearchParams(`&${pair}`).keys()][0]
}
