import type { OutgoingRequest } from './auth-kind.js'

/** A parameter as it is signed: name and value percent-encoded. */
export type EncodedParameter = readonly [name: string, value: string]

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/

/** RFC 5849 section 3.6: every byte of UTF-8 but the unreserved of RFC 3986, in upper-case hex. */
export function percentEncode(text: string): string {
  if (UNRESERVED.test(text)) return text
  // The text goes through bytes first: encodeURIComponent throws at half a surrogate pair.
  const wellFormed = Buffer.from(text, 'utf8').toString('utf8')
  return encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * Encodes anew what is encoded already, as {@link percentEncode} writes it. Byte by byte, so that what
 * is no UTF-8 is signed as it is sent; a `%` that begins no byte stands for itself.
 */
export function percentEncodeAnew(encoded: string): string {
  if (UNRESERVED.test(encoded)) return encoded
  return encoded.replace(/%([0-9A-Fa-f]{2})|[^%]+|%/g, (part, hex: string | undefined) => {
    if (hex === undefined) return percentEncode(part)
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return UNRESERVED.test(character) ? character : `%${hex.toUpperCase()}`
  })
}

/** The parameters of a query or form body, decoded and encoded anew (RFC 5849 section 3.4.1.3.1). */
export function formParameters(text: string): EncodedParameter[] {
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

function encodeFormPart(raw: string): string {
  return percentEncodeAnew(raw.replaceAll('+', '%20'))
}

/** Orders by name, then by value. Encoded texts are ASCII, so the order of code units is the order of bytes. */
export function byNameAndValue(one: EncodedParameter, other: EncodedParameter): number {
  if (one[0] !== other[0]) return one[0] < other[0] ? -1 : 1
  return one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0
}

/** Whether the body is a form in one part. */
export function hasFormBody({ headers }: Pick<OutgoingRequest, 'headers'>): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')
  return /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type?.[1] ?? '')
}
