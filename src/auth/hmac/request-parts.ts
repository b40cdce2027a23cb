import type { OutgoingRequest } from '../kind/auth-kind.js'
import { byNameAndValue, formParameters, hasFormBody } from '../kind/form-parameters.js'

const PARTS = {
  method: ({ method }) => method,
  host: ({ url }) => url.host,
  path: ({ url }) => url.pathname,
  query: ({ url }) => url.search.slice(1),
  sortedQuery: ({ url }) => sorted(url.search.slice(1)),
  sortedParameters: (request) => {
    const query = request.url.search.slice(1)
    const form = request.body !== undefined && hasFormBody(request) ? request.body : ''
    return sorted(`${query}&${form}`)
  },
  target: ({ url }) => `${url.pathname}${url.search}`,
  url: ({ url }) => `${url.origin}${url.pathname}${url.search}`,
  body: ({ body }) => body ?? '',
} as const satisfies Record<string, (request: OutgoingRequest) => string>

/** Parts of a request that can be signed, as they leave; by name. */
export const REQUEST_PARTS: ReadonlyMap<string, (request: OutgoingRequest) => string> = new Map(
  Object.entries(PARTS),
)

/** `date` of `header:Date`. */
export function headerOfPart(name: string): string | undefined {
  return /^header:(.+)$/.exec(name)?.[1]?.toLowerCase()
}

/** The value of a header whatever its case; empty where there is none. */
export function headerValue({ headers }: OutgoingRequest, lowerCaseName: string): string {
  for (const [name, value] of Object.entries(headers))
    if (name.toLowerCase() === lowerCaseName) return value.trim()
  return ''
}

function sorted(text: string): string {
  return formParameters(text)
    .sort(byNameAndValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}
