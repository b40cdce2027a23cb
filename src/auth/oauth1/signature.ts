import { constants, createHmac, sign } from 'node:crypto'
import type { OutgoingRequest } from '../auth-kind.js'

export type OAuth1SignatureMethod =
  'HMAC-SHA1' | 'HMAC-SHA256' | 'RSA-SHA1' | 'RSA-SHA256' | 'PLAINTEXT'

/** A parameter as it is signed: name and value percent-encoded. */
export type OAuth1Parameter = readonly [name: string, value: string]

export type OAuth1Keys =
  | { readonly consumerSecret: string; readonly tokenSecret: string }
  /** PEM. */
  | { readonly privateKey: string }

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/

/** RFC 5849 section 3.6: every byte of UTF-8 but the unreserved of RFC 3986, in upper-case hex. */
export function percentEncode(text: string): string {
  if (UNRESERVED.test(text)) return text
  // Through bytes, where half a surrogate pair would throw.
  const wellFormed = Buffer.from(text, 'utf8').toString('utf8')
  return encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Byte by byte, so that what is no UTF-8 is signed as it is sent. */
function encodeFormPart(raw: string): string {
  if (UNRESERVED.test(raw)) return raw
  return raw
    .replaceAll('+', '%20')
    .replace(/%([0-9A-Fa-f]{2})|[^%]+|%/g, (part, hex: string | undefined) => {
      if (hex === undefined) return percentEncode(part)
      const character = String.fromCharCode(Number.parseInt(hex, 16))
      return UNRESERVED.test(character) ? character : `%${hex.toUpperCase()}`
    })
}

/** The parameters of a query or form body, decoded and encoded anew (section 3.4.1.3.1). */
export function formParameters(text: string): OAuth1Parameter[] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const [name, value] =
        equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return [encodeFormPart(name), encodeFormPart(value)]
    })
}

/** Whether the body's parameters are signed: it is a form in one part. */
export function hasFormBody({ headers }: Pick<OutgoingRequest, 'headers'>): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')
  return /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type?.[1] ?? '')
}

/**
 * What is signed (section 3.4.1): method, URL without query, and all parameters in order.
 * @param oauth without `realm` and `oauth_signature`
 */
export function signatureBaseString(
  request: OutgoingRequest,
  oauth: readonly OAuth1Parameter[],
): string {
  const { method, url, body } = request
  const parameters = [
    ...formParameters(url.search.slice(1)),
    ...oauth,
    ...(body !== undefined && hasFormBody(request) ? formParameters(body) : []),
  ].sort(byNameAndValue)
  const normalized = parameters.map(([name, value]) => `${name}=${value}`).join('&')
  // `host` of a URL is in lower case and has no default port (section 3.4.1.2).
  const uri = `${url.protocol}//${url.host}${url.pathname}`
  return [method.toUpperCase(), uri, normalized].map(percentEncode).join('&')
}

/** Both are ASCII by now, where the order of code units is the order of bytes. */
function byNameAndValue(one: OAuth1Parameter, other: OAuth1Parameter): number {
  if (one[0] !== other[0]) return one[0] < other[0] ? -1 : 1
  return one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0
}

/** Sections 3.4.2 to 3.4.4; the methods with SHA-256 are those of OpenSocial and NetSuite. */
export function oauth1Signature(
  method: OAuth1SignatureMethod,
  baseString: string,
  keys: OAuth1Keys,
): string {
  const hash = method.endsWith('SHA256') ? 'sha256' : 'sha1'
  if ('privateKey' in keys) {
    const key = { key: keys.privateKey, padding: constants.RSA_PKCS1_PADDING }
    return sign(hash, Buffer.from(baseString), key).toString('base64')
  }
  const key = `${percentEncode(keys.consumerSecret)}&${percentEncode(keys.tokenSecret)}`
  return method === 'PLAINTEXT' ? key : createHmac(hash, key).update(baseString).digest('base64')
}
