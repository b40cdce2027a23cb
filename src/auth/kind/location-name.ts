import { HEADER_NAME, headerName, writtenPath } from '../../definition/text-rules.js'
import type { CredentialLocation } from './credential-location.js'

/** Headers that say how the body is written or read: a credential in one would break the request. */
const OF_THE_BODY = new Set(['accept-encoding', 'content-encoding', 'content-type'])
// RFC 6265 section 4.1.1: cookie-name is a token (RFC 9110 section 5.6.2).
const HTTP_TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/

/** Says why a credential can't stand at a location of this name, or nothing. */
export function locationNameProblem({ in: where, name }: CredentialLocation): string | undefined {
  switch (where) {
    case 'header':
      if (!headerName.safeParse(name).success) return `must be the name of a header: ${HEADER_NAME}`
      return OF_THE_BODY.has(name.toLowerCase())
        ? 'is a header that says how the body is written'
        : undefined
    case 'cookie':
      return HTTP_TOKEN.test(name)
        ? undefined
        : 'must be the name of a cookie: letters, digits and -_.~ (RFC 6265)'
    case 'body':
      return writtenPath.safeParse(name).success
        ? undefined
        : `must be a path into the body: names joined by dots, as in 'auth.key'`
    case 'query':
      return undefined
  }
}
