import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'

/** In lower case: the headers that one request has otherwise than the other. */
export function headersChanged(before: OutgoingRequest, after: OutgoingRequest): string[] {
  return changed(lowerCased(before.headers), lowerCased(after.headers))
}

/** The query parameters that one request has otherwise than the other. */
export function parametersChanged(before: OutgoingRequest, after: OutgoingRequest): string[] {
  return changed(
    Object.fromEntries(before.url.searchParams),
    Object.fromEntries(after.url.searchParams),
  )
}

export function cookiesOf({ headers }: OutgoingRequest): string | undefined {
  return lowerCased(headers)['cookie']
}

function changed(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name])
}

function lowerCased(headers: OutgoingRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
