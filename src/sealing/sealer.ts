import type { KeyObject } from 'node:crypto'
import { SEAL_VERSION, type Sealed } from '../contract/sealed.js'
import { type HpkePublicKey, importPublicKey, type PreSharedKey, sealMessage } from './hpke.js'
import { parsePublicKey, type PublicKeyText } from './key-pair.js'
import { associatedData, type SealBinding } from './seal-binding.js'
import { Secret } from './secret.js'

/** Whatever seals. */
export interface Seals {
  /**
   * Seals a text for one connection and purpose (HPKE base mode, RFC 9180 6.1).
   * @throws ApplicationFailure `InvalidConnection`
   */
  seal(text: Secret | string, binding: SealBinding): Promise<Sealed>
}

/** The half that can only seal: for clients, the CLI and consoles. */
export interface Sealer extends Seals {
  readonly keyId: string
}

/** Makes a sealer of a public key's text. @throws TypeError where the text is no public key. */
export function createSealer(publicKey: PublicKeyText): Sealer {
  const { keyId, bytes } = parsePublicKey(publicKey)
  const to = { keyId, publicKey: importPublicKey(bytes) }
  return { keyId, seal: (text, binding) => promised(() => sealTo(to, text, binding)) }
}

/**
 * Seals for a public key. With `sealingKey`, which only its keepers have, in PSK mode: the value opens as
 * theirs, and one that was made without it does not (RFC 9180 5.1.2).
 */
export function sealTo(
  to: { readonly keyId: string; readonly publicKey: HpkePublicKey },
  text: Secret | string,
  binding: SealBinding,
  sealingKey?: KeyObject,
): Sealed {
  const aad = associatedData(binding)
  const psk = sealingKey && toPsk(to.keyId, sealingKey)
  const clear = Buffer.from(text instanceof Secret ? text.reveal() : text)
  const { enc, ciphertext } = sealMessage(to.publicKey, clear, aad, { psk })
  clear.fill(0)
  const parts = [
    SEAL_VERSION,
    to.keyId,
    enc.toString('base64url'),
    ciphertext.toString('base64url'),
  ]
  return parts.join('.') as Sealed
}

/** What RFC 9180 calls a pre-shared key: all keepers have it, since they have the private key. */
export function toPsk(keyId: string, sealingKey: KeyObject): PreSharedKey {
  return {
    id: Buffer.from(`tokenkeeper ${keyId}`),
    key: sealingKey.export(),
  }
}

/** What is made at once, and its failure, as a promise: who seals and opens need not know that it is. */
export function promised<T>(make: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(make())
  })
}
