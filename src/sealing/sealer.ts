import type { KeyObject, webcrypto } from 'node:crypto'
import { withoutUndefined } from '../contract/plain-data.js'
import { SEAL_VERSION, type Sealed } from '../contract/sealed.js'
import { associatedData, type SealBinding, suite } from './hpke-suite.js'
import { parsePublicKey, type PublicKeyText } from './key-pair.js'
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
  let imported: Promise<webcrypto.CryptoKey> | undefined
  return {
    keyId,
    seal: async (text, binding) => {
      imported ??= suite.kem.deserializePublicKey(bytes)
      return await sealTo({ keyId, publicKey: await imported }, text, binding)
    },
  }
}

/**
 * Seals for a public key. With `sealingKey`, which only its keepers have, in PSK mode: the value opens as
 * theirs, and one that was made without it does not (RFC 9180 5.1.2).
 */
export async function sealTo(
  to: { readonly keyId: string; readonly publicKey: webcrypto.CryptoKey },
  text: Secret | string,
  binding: SealBinding,
  sealingKey?: KeyObject,
): Promise<Sealed> {
  const aad = associatedData(binding)
  const psk = sealingKey && toPsk(to.keyId, sealingKey)
  const sender = await suite.createSenderContext(
    withoutUndefined({ recipientPublicKey: to.publicKey, psk }),
  )
  const clear = new TextEncoder().encode(text instanceof Secret ? text.reveal() : text)
  const sealed = await sender.seal(clear, aad)
  clear.fill(0)
  const encapsulated = Buffer.from(sender.enc).toString('base64url')
  const ciphertext = Buffer.from(sealed).toString('base64url')
  return `${SEAL_VERSION}.${to.keyId}.${encapsulated}.${ciphertext}` as Sealed
}

/** What RFC 9180 calls a pre-shared key: all keepers have it, since they have the private key. */
export function toPsk(keyId: string, sealingKey: KeyObject): PreSharedKey {
  return {
    id: new TextEncoder().encode(`tokenkeeper ${keyId}`),
    key: new Uint8Array(sealingKey.export()),
  }
}

interface PreSharedKey {
  readonly id: Uint8Array<ArrayBuffer>
  readonly key: Uint8Array<ArrayBuffer>
}
