import { type KeyObject, constants, createHash, createHmac, sign } from 'node:crypto'
import type { OutgoingRequest } from '../kind/auth-kind.js'
import {
  type EncodedParameter,
  byNameAndValue,
  formParameters,
  hasFormBody,
  percentEncode,
} from '../kind/form-parameters.js'

export type OAuth1Keys =
  | { readonly consumerSecret: string; readonly tokenSecret: string }
  | { readonly privateKey: KeyObject }

/**
 * What is signed (section 3.4.1): method, URL without query, and all parameters in order.
 * @param oauth without `realm` and `oauth_signature`
 */
export function signatureBaseString(
  request: OutgoingRequest,
  oauth: readonly EncodedParameter[],
): string {
  const { method, url, body } = request
  const inBody = body !== undefined && hasFormBody(request) ? formParameters(body) : []
  const inUrl = formParameters(url.search.slice(1))
  const parameters = [...inUrl, ...oauth, ...inBody].sort(byNameAndValue)
  const normalized = parameters.map(([name, value]) => `${name}=${value}`).join('&')
  // `host` of a URL is in lower case and has no default port (section 3.4.1.2).
  const uri = `${url.protocol}//${url.host}${url.pathname}`
  return [method.toUpperCase(), uri, normalized].map(percentEncode).join('&')
}

/** Sections 3.4.2 to 3.4.4; the methods with SHA-256 are those of OpenSocial and NetSuite. */
export function oauth1Signature(
  method: OAuth1SignatureMethod,
  baseString: string,
  keys: OAuth1Keys,
): string {
  const hash = hashOf(method)
  if ('privateKey' in keys) {
    const key = { key: keys.privateKey, padding: constants.RSA_PKCS1_PADDING }
    return sign(hash, Buffer.from(baseString), key).toString('base64')
  }
  const key = `${percentEncode(keys.consumerSecret)}&${percentEncode(keys.tokenSecret)}`
  return method === 'PLAINTEXT' ? key : createHmac(hash, key).update(baseString).digest('base64')
}

/** `oauth_body_hash`, by the hash of the signature method (OAuth Request Body Hash 1.0 draft 4, section 3.2). */
export function bodyHash(method: OAuth1SignatureMethod, body: string): string {
  return createHash(hashOf(method)).update(body, 'utf8').digest('base64')
}

function hashOf(method: OAuth1SignatureMethod): 'sha256' | 'sha1' {
  return method.endsWith('SHA256') ? 'sha256' : 'sha1'
}

/** RFC 5849 section 3.4; those with SHA-256 are in wide use and in no RFC. */
export const OAUTH1_SIGNATURE_METHODS = [
  'HMAC-SHA1',
  'HMAC-SHA256',
  'RSA-SHA1',
  'RSA-SHA256',
  'PLAINTEXT',
] as const

export type OAuth1SignatureMethod = (typeof OAUTH1_SIGNATURE_METHODS)[number]
