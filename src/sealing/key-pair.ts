import { createHash, generateKeyPairSync } from 'node:crypto'
import { publicKeyBytes } from './hpke.js'
import { decodeBase64Url } from './seal-binding.js'
import { Secret } from './secret.js'

/** A public key as text: `tkpub1.<key id>.<32 bytes in base64url>`. Not secret. */
export type PublicKeyText = string

export interface KeyPair {
  readonly keyId: string
  readonly publicKey: PublicKeyText
  /** `tkkey1.<key id>.<32 bytes in base64url>` */
  readonly privateKey: Secret
}

export const PRIVATE_KEY_PREFIX = 'tkkey1.'

const PUBLIC_PATTERN = /^tkpub1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/
const PRIVATE_PATTERN = /^tkkey1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/

/** The first 16 hex digits of SHA-256 of the public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16)
}

/** Makes a new X25519 key pair. */
export function generateKeyPair(): Promise<KeyPair> {
  const pair = generateKeyPairSync('x25519')
  const publicBytes = publicKeyBytes(pair.publicKey)
  const keyId = keyIdOf(publicBytes)
  const text = `${PRIVATE_KEY_PREFIX}${keyId}.${pair.privateKey.export({ format: 'jwk' }).d ?? ''}`
  const publicKey = formatPublicKey(publicBytes)
  return Promise.resolve({ keyId, publicKey, privateKey: new Secret(text) })
}

export function formatPublicKey(publicKey: Uint8Array): PublicKeyText {
  return `tkpub1.${keyIdOf(publicKey)}.${Buffer.from(publicKey).toString('base64url')}`
}

/** Bytes of a public key's text. @throws TypeError where it is none, or its id does not fit. */
export function parsePublicKey(text: string): { keyId: string; bytes: Uint8Array<ArrayBuffer> } {
  const match = PUBLIC_PATTERN.exec(text.trim())
  const bytes = decodeBase64Url(match?.[2] ?? '')
  const keyId = match?.[1]
  if (keyId === undefined || bytes === undefined || keyIdOf(bytes) !== keyId)
    throw new TypeError(
      'not a tokenkeeper public key: expected the line that `npx tokenkeeper keygen` prints, tkpub1.<id>.<key>',
    )
  return { keyId, bytes }
}

/**
 * The one key in the text of a key file, whose other lines are empty or comments (`#`).
 * @throws TypeError that says what was expected and repeats nothing
 */
export function parsePrivateKey(text: Secret): { keyId: string; bytes: Uint8Array<ArrayBuffer> } {
  const lines = text.reveal().split(/\r?\n/)
  const [line = '', ...more] = lines.filter((one) => one.trim() !== '' && !one.startsWith('#'))
  const match = PRIVATE_PATTERN.exec(line.trim())
  const keyId = match?.[1]
  const bytes = decodeBase64Url(match?.[2] ?? '')
  if (keyId === undefined || bytes === undefined || more.length > 0)
    throw new TypeError(
      'not a tokenkeeper private key: expected one file that `npx tokenkeeper keygen --out <file>` wrote, with one key',
    )
  return { keyId, bytes }
}
