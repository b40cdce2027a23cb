import type { WebUrl } from '../kind/auth-kind.js'
import { percentEncodeAnew } from '../kind/form-parameters.js'

const STRICT_PATH = /^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/
/** Escapes of what needs none (`%41`, `%7e`), which would be written otherwise. */
const NEEDLESS_ESCAPE = /%(?:3[0-9]|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|2D|2E|5F|7E)/
const BYTES = '(?:[A-Za-z0-9\\-._~]|%[0-9A-F]{2})*'
const PAIR = `(?=[^&])${BYTES}(?:=${BYTES})?`
const STRICT_QUERY = new RegExp(`^(?:${PAIR}(?:&${PAIR})*)?$`)

/**
 * A URL whose path and query are percent-encoded as AWS encodes them when it checks a signature:
 * all but the unreserved, in upper-case hex, a space as `%20`. What is sent and what is signed can
 * then not differ by spelling. The order of parameters stays.
 */
export function strictUrl(url: WebUrl, rules: 'standard' | 's3'): WebUrl {
  const { pathname, search } = url
  const query = search.slice(1)
  const encoded = isStrict(pathname, STRICT_PATH) ? pathname : encodePath(pathname)
  const strictPath = rules === 's3' ? withSlashes(encoded) : encoded
  const strictQuery = isStrict(query, STRICT_QUERY) ? query : encodeQuery(query)
  if (strictPath === pathname && strictQuery === query) return url
  const strict = new URL(url)
  strict.pathname = strictPath
  strict.search = strictQuery
  return strict
}

function isStrict(text: string, form: RegExp): boolean {
  return form.test(text) && !NEEDLESS_ESCAPE.test(text)
}

function encodePath(path: string): string {
  return path.split('/').map(percentEncodeAnew).join('/')
}

/**
 * The key of an object is one text to S3: it reads `%2F` as a slash, and signs it as one. Not where
 * that would make `.` or `..` of a part, which a URL resolves: the path could leave its endpoint.
 */
function withSlashes(path: string): string {
  if (!path.includes('%2F')) return path
  const slashed = path.replaceAll('%2F', '/')
  return slashed.split('/').some((part) => part === '.' || part === '..') ? path : slashed
}

function encodeQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', '%20').split('=')
      const encoded = percentEncodeAnew(name)
      return value.length === 0 ? encoded : `${encoded}=${percentEncodeAnew(value.join('='))}`
    })
    .join('&')
}
