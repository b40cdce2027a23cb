import { createHash } from 'node:crypto'
import { Secret } from './secret.js'
import { suite } from './hpke-suite.js'

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
const PRIVATE_PATTERN = /^tkkey1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/m

/** The first 16 hex digits of SHA-256 of the public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16)
}

/** Makes a new X25519 key pair. */
export async function generateKeyPair(): Promise<KeyPair> {
  const pair = await suite.kem.generateKeyPair()
  const publicBytes = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey))
  const privateBytes = Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey))
  const keyId = keyIdOf(publicBytes)
  const text = `${PRIVATE_KEY_PREFIX}${keyId}.${privateBytes.toString('base64url')}`
  privateBytes.fill(0)
  return { keyId, publicKey: formatPublicKey(publicBytes), privateKey: new Secret(text) }
}

export function formatPublicKey(publicKey: Uint8Array): PublicKeyText {
  return `tkpub1.${keyIdOf(publicKey)}.${Buffer.from(publicKey).toString('base64url')}`
}

/** Bytes of a public key's text. @throws TypeError where it is none, or its id does not fit. */
export function parsePublicKey(text: string): { keyId: string; bytes: Uint8Array<ArrayBuffer> } {
  const match = PUBLIC_PATTERN.exec(text.trim())
  const bytes = new Uint8Array(Buffer.from(match?.[2] ?? '', 'base64url'))
  const keyId = match?.[1]
  if (keyId === undefined || keyIdOf(bytes) !== keyId)
    throw new TypeError(
      'not a tokenkeeper public key: expected the line that `npx tokenkeeper keygen` prints, tkpub1.<id>.<key>',
    )
  return { keyId, bytes }
}

/** The line of a private key in the text of a key file, whose other lines are comments. @throws TypeError */
export function parsePrivateKey(text: Secret): { keyId: string; bytes: Uint8Array<ArrayBuffer> } {
  const match = PRIVATE_PATTERN.exec(text.reveal())
  const keyId = match?.[1]
  if (keyId === undefined)
    throw new TypeError(
      'not a tokenkeeper private key: expected the file that `npx tokenkeeper keygen --out <file>` writes',
    )
  return { keyId, bytes: new Uint8Array(Buffer.from(match?.[2] ?? '', 'base64url')) }
}
