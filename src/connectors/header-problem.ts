import type { Carriers } from '../auth/auth-kind.js'

/** Set for every request, so no endpoint may give them another meaning. */
const OWN_HEADERS = new Set(['accept', 'accept-encoding', 'content-type', 'user-agent'])

/** What is wrong with setting a header beside what auth and every request set; undefined: nothing. */
export function headerProblem(
  name: string,
  carriers: Carriers,
  own: ReadonlySet<string> = OWN_HEADERS,
): string | undefined {
  const header = name.toLowerCase()
  const carried = (carriers.headers ?? []).map((one) => one.toLowerCase())
  if (carriers.cookies !== undefined) carried.push('cookie')
  if (carried.includes(header)) return 'is the header that auth puts the credential into'
  return own.has(header) ? 'is a header that every request has for itself' : undefined
}
