/** `hmac-…`: RFC 2104 with the secret as the key. The others are plain hashes of a text that holds `{secret}` (Avanan). */
export type HmacAlgorithm =
  'hmac-sha1' | 'hmac-sha256' | 'hmac-sha512' | 'sha1' | 'sha256' | 'sha512'

/** `base64-of-hex`: of the hexadecimal text, not of the bytes (Emarsys). */
export type HmacEncoding = 'hex' | 'hex-upper' | 'base64' | 'base64url' | 'base64-of-hex'

/**
 * `iso`: `2026-01-15T12:00:00Z`; `iso-milliseconds`: `2026-01-15T12:00:00.000Z` (OKX); `rfc1123`:
 * `Thu, 15 Jan 2026 12:00:00 GMT`; `rfc2822`: the same with `-0000` (Duo).
 */
export type HmacTimestamp =
  'seconds' | 'milliseconds' | 'iso' | 'iso-milliseconds' | 'rfc1123' | 'rfc2822'

export interface HmacBodyHash {
  /** `md5` for `Content-MD5` (RFC 1864) only. */
  readonly hash: 'md5' | 'sha1' | 'sha256' | 'sha512'
  readonly encoding: HmacEncoding
  /** `nothing`: an empty text where there is no body. Default: the hash of no bytes. */
  readonly ifEmpty?: 'nothing' | undefined
}

/** A template, or `before` and the base64 of a template: `Basic ` and `{keyId}:{signature}` (Duo). */
export type HmacHeader = string | { readonly before: string; readonly base64: string }

/**
 * Credential: field `secret`, and the fields of `fields`; as one text: `field:…:secret` in this order.
 *
 * Templates hold `{timestamp}`, `{nonce}`, `{bodyHash}` and `{a field}`; the signed `text` also
 * `{method}`, `{host}` (with a port that is not the usual one), `{path}`, `{query}` (as sent, without
 * `?`), `{sortedQuery}`, `{sortedParameters}` (of the query and of a form body), `{target}` (path and
 * query), `{url}`, `{body}`, `{header:name}` (empty where there is none) and `{secret}`; what is put on
 * the request also `{signature}`. All are as they leave, percent-encoding included; sorted ones are
 * encoded by RFC 3986.
 */
export interface HmacAuth {
  readonly kind: 'hmac'
  readonly algorithm: HmacAlgorithm
  /** What is signed: `'{timestamp}{method}{target}{body}'`. */
  readonly text: string
  /** The base64 of the text is signed in its place (Avanan). */
  readonly textEncoding?: 'base64' | undefined
  /** How the signature is written. */
  readonly encoding: HmacEncoding
  /** How the secret becomes the key. Default `text`: its UTF-8. */
  readonly keyEncoding?: 'text' | 'hex' | 'base64' | undefined
  /** Fields of the credential, beside the secret: `['keyId']`. */
  readonly fields?: readonly string[] | undefined
  readonly timestamp?: HmacTimestamp | undefined
  /** 128 random bits. */
  readonly nonce?: 'uuid' | 'hex' | undefined
  readonly bodyHash?: HmacBodyHash | undefined
  /** What is set, by name. Those without `{signature}` are on the request when it is signed. */
  readonly headers?: Readonly<Record<string, HmacHeader>> | undefined
  /** The same for query parameters: they come last, in this order. */
  readonly query?: Readonly<Record<string, string>> | undefined
}
