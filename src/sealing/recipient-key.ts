import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto'
import { type HpkeRecipient, importPublicKey, publicKeyBytes } from './hpke.js'
import { formatPublicKey, keyIdOf, parsePrivateKey, type PublicKeyText } from './key-pair.js'
import type { Secret } from './secret.js'

/** A private key, imported once; nothing in it can be exported or printed. */
export interface RecipientKey {
  readonly keyId: string
  readonly publicKey: PublicKeyText
  readonly recipient: HpkeRecipient
  /** Derived from the private key: for keyed hashes of secrets. */
  readonly fingerprintKey: KeyObject
  /** Derived from the private key: proves that a value was sealed by who has that. */
  readonly sealingKey: KeyObject
}

/** PKCS #8 of an X25519 key up to its 32 bytes (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')

/**
 * Imports the text of a key file.
 * @throws TypeError where it is none, or its id does not fit its content
 */
export function importRecipientKey(text: Secret): RecipientKey {
  const { keyId, bytes } = parsePrivateKey(text)
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, bytes])
  try {
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    const publicBytes = publicKeyBytes(createPublicKey(privateKey))
    if (keyIdOf(publicBytes) !== keyId)
      throw new TypeError(`the private key ${keyId} is damaged: its id does not fit its content`)
    return {
      keyId,
      publicKey: formatPublicKey(publicBytes),
      recipient: {
        publicKey: importPublicKey(publicBytes),
        agree: (publicKey) => diffieHellman({ privateKey, publicKey }),
      },
      fingerprintKey: deriveKey(bytes, 'tokenkeeper fingerprint'),
      sealingKey: deriveKey(bytes, 'tokenkeeper sealed by a keeper'),
    }
  } finally {
    bytes.fill(0)
    pkcs8.fill(0)
  }
}

function deriveKey(privateKey: Uint8Array, label: string): KeyObject {
  return createSecretKey(createHmac('sha256', privateKey).update(label).digest())
}
