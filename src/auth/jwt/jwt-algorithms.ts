import type { PrivateKeyNeed } from '../kind/private-key.js'

/** Algorithms with a secret that both sides know (RFC 7518 section 3.2), and the bytes that it needs. */
export const HMAC_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const

/** Algorithms with a private key (RFC 7518 sections 3.3 to 3.5, RFC 8037), and what that has to be. */
export const PRIVATE_KEYS = {
  RS256: { kind: 'rsa' },
  RS384: { kind: 'rsa' },
  RS512: { kind: 'rsa' },
  PS256: { kind: 'rsa' },
  PS384: { kind: 'rsa' },
  PS512: { kind: 'rsa' },
  ES256: { kind: 'ec', curve: 'prime256v1' },
  ES384: { kind: 'ec', curve: 'secp384r1' },
  ES512: { kind: 'ec', curve: 'secp521r1' },
  EdDSA: { kind: 'ed25519' },
} as const satisfies Record<string, PrivateKeyNeed>

export type JwtAlgorithm = keyof typeof HMAC_BYTES | keyof typeof PRIVATE_KEYS
export type JwtKeyFormat = 'pem' | 'base64' | 'hex' | 'text'

export const JWT_ALGORITHMS = [
  ...(Object.keys(HMAC_BYTES) as (keyof typeof HMAC_BYTES)[]),
  ...(Object.keys(PRIVATE_KEYS) as (keyof typeof PRIVATE_KEYS)[]),
] as const

/** The forms that a key of an algorithm comes in, the default first. */
export function keyFormatsOf(algorithm: JwtAlgorithm): readonly JwtKeyFormat[] {
  return isHmac(algorithm) ? ['text', 'hex', 'base64'] : ['pem', 'base64']
}

export function isHmac(algorithm: JwtAlgorithm): algorithm is keyof typeof HMAC_BYTES {
  return Object.hasOwn(HMAC_BYTES, algorithm)
}
