import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Secret } from '../../sealing/secret.js'

/** What a private key has to be. */
export type PrivateKeyNeed =
  | { readonly kind: 'rsa' }
  | { readonly kind: 'ec'; readonly curve: 'prime256v1' | 'secp384r1' | 'secp521r1' }
  | { readonly kind: 'ed25519' }

/** RFC 7518 section 3.3; NIST SP 800-131A forbids less for new signatures. */
const MIN_RSA_BITS = 2048

/**
 * A private key in PEM (PKCS #8, or the older forms of RSA and EC), or in base64 of the DER of PKCS #8.
 * A text says what is wrong, without a word of the key: OpenSSL's messages are not passed on.
 */
export function readPrivateKey(
  text: Secret,
  need: PrivateKeyNeed,
  format: 'pem' | 'base64' = 'pem',
): KeyObject | string {
  const key = parsePem(text, format)
  if (key === undefined)
    return format === 'pem'
      ? 'is no private key in PEM without a passphrase'
      : 'is no private key in base64 of PKCS #8'
  const isFitting =
    key.asymmetricKeyType === need.kind &&
    (need.kind !== 'ec' || key.asymmetricKeyDetails?.namedCurve === need.curve)
  if (!isFitting) return `is not one for ${keyKindName(need)}`
  const bits = key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS
  return bits < MIN_RSA_BITS ? `has less than ${MIN_RSA_BITS} bits` : key
}

function parsePem(text: Secret, format: 'pem' | 'base64'): KeyObject | undefined {
  try {
    // In environment variables the line breaks of a PEM are often written as \n.
    if (format === 'pem') return createPrivateKey(text.reveal().replaceAll('\\n', '\n'))
    const key = Buffer.from(text.reveal(), 'base64')
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

function keyKindName(need: PrivateKeyNeed): string {
  if (need.kind === 'rsa') return 'RSA'
  if (need.kind === 'ed25519') return 'Ed25519'
  return { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[need.curve]
}
