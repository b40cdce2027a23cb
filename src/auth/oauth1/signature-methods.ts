/** RFC 5849 section 3.4; those with SHA-256 are in wide use and in no RFC. */
export const OAUTH1_SIGNATURE_METHODS = [
  'HMAC-SHA1',
  'HMAC-SHA256',
  'RSA-SHA1',
  'RSA-SHA256',
  'PLAINTEXT',
] as const

export type OAuth1SignatureMethod = (typeof OAUTH1_SIGNATURE_METHODS)[number]
