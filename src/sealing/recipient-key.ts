import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  webcrypto,
} from 'node:crypto'
import { suite } from './hpke-suite.js'
import { formatPublicKey, keyIdOf, parsePrivateKey, type PublicKeyText } from './key-pair.js'
import type { Secret } from './secret.js'

/** A private key, imported once; nothing in it can be exported or printed. */
export interface RecipientKey {
  readonly keyId: string
  readonly publicKey: PublicKeyText
  /** The pair, since a library that gets the private key alone derives the public one at each use. */
  readonly pair: webcrypto.CryptoKeyPair
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
export async function importRecipientKey(text: Secret): Promise<RecipientKey> {
  const { keyId, bytes } = parsePrivateKey(text)
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + bytes.length)
  try {
    pkcs8.set(PKCS8_PREFIX)
    pkcs8.set(bytes, PKCS8_PREFIX.length)
    const publicBytes = publicKeyOf(pkcs8)
    if (keyIdOf(publicBytes) !== keyId)
      throw new TypeError(`the private key ${keyId} is damaged: its id does not fit its content`)
    return {
      keyId,
      publicKey: formatPublicKey(publicBytes),
      pair: {
        privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, 'X25519', false, [
          'deriveBits',
        ]),
        publicKey: (await suite.kem.deserializePublicKey(publicBytes)) as webcrypto.CryptoKey,
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

function publicKeyOf(pkcs8: Uint8Array): Uint8Array<ArrayBuffer> {
  const key = Buffer.from(pkcs8.buffer)
  const spki = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  })
  return new Uint8Array(spki.subarray(spki.length - 32))
}
