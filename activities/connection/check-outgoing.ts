import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { isHeaderValue } from '../../src/auth/kind/header-value.js'
import { createFailure } from '../../src/contract/failure.js'
import { isHttpOwn } from '../../src/definition/text-rules.js'

/** RFC 9110 section 5.6.2: a method or the name of a header. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/

/** Those of some headers that may leave with any request. */
export function passingHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const passing = Object.entries(headers).filter(
    ([name, value]) => TOKEN.test(name) && isHeaderValue(value) && !isHttpOwn(name),
  )
  return Object.fromEntries(passing)
}

/** Whether a text may become part of a request line: no CR, LF, NUL, no half of a character. */
export function isOneLine(text: string): boolean {
  return !/[\r\n\0\p{Cs}]/u.test(text)
}

/**
 * The last look at a request, credential included, whoever gave its parts: nothing that would end its
 * line and begin another one. Neither a value nor a wrong name is repeated (undici's own messages would).
 * @param passed headers that were looked at before: most are the same in each request of a session
 * @throws ApplicationFailure `InvalidInput`
 */
export function checkOutgoing(
  request: OutgoingRequest,
  where: { readonly connection: string; readonly endpoint: string },
  passed: Readonly<Record<string, string>> = {},
): void {
  const { method, url, headers } = request
  const refuse = (what: string) => {
    // For a fetch the endpoint is its method, which is what may be wrong.
    const endpoint = TOKEN.test(where.endpoint) ? where.endpoint : 'fetch'
    const { connection } = where
    return createFailure('InvalidInput', `${connection} ${endpoint}: ${what}; give a clean one.`, {
      connection,
      endpoint,
    })
  }
  if (!TOKEN.test(method)) throw refuse('the method is no name of one')
  if (method.toUpperCase() === 'CONNECT') throw refuse('the method CONNECT is for proxies')
  for (const name in headers) {
    const value: unknown = headers[name]
    // What HTTP itself sets depends on the rest of the request.
    if (typeof value === 'string' && passed[name] === value && !isHttpOwn(name)) continue
    if (!TOKEN.test(name)) throw refuse('the name of a header is none')
    // Behind one address there may be many hosts, and not all of them are the connector's.
    if (name.toLowerCase() === 'host' && value !== url.host)
      throw refuse('the header host names another host than the URL')
    if (typeof value !== 'string' || !isHeaderValue(value))
      throw refuse(
        `the value for the header ${name} is no text, or holds a line break, a control character or one outside latin-1`,
      )
    if (isHttpOwn(name) && !isAsSent(name.toLowerCase(), value, request))
      throw refuse(`the header ${name} is one that HTTP itself sets`)
  }
}

/** Whether a header says only what is so without it, as code that was written for other clients may. */
function isAsSent(name: string, value: string, { url, body = '' }: OutgoingRequest): boolean {
  if (name === 'host') return value === url.host
  if (name === 'content-length') return value === String(Buffer.byteLength(body))
  return name === 'connection' && /^(?:keep-alive|close)$/i.test(value)
}
