import type { webcrypto } from 'node:crypto'
import { SEAL_VERSION, type Sealed } from '../contract/sealed.js'
import { associatedData, type SealBinding, suite } from './hpke-suite.js'
import { parsePublicKey, type PublicKeyText } from './key-pair.js'
import { Secret } from './secret.js'

/** The half that can only seal: for clients, the CLI and consoles. */
export interface Sealer {
  readonly keyId: string
  /**
   * Seals a text for one connection and purpose (HPKE base mode, RFC 9180 6.1).
   * @throws ApplicationFailure `InvalidConnection`
   */
  seal(text: Secret | string, binding: SealBinding): Promise<Sealed>
}

/** Makes a sealer of a public key's text. @throws TypeError where the text is no public key. */
export function createSealer(publicKey: PublicKeyText): Sealer {
  const { keyId, bytes } = parsePublicKey(publicKey)
  let imported: Promise<webcrypto.CryptoKey> | undefined
  return {
    keyId,
    seal: async (text, binding) => {
      imported ??= suite.kem.deserializePublicKey(bytes)
      const sender = await suite.createSenderContext({ recipientPublicKey: await imported })
      const clear = new TextEncoder().encode(text instanceof Secret ? text.reveal() : text)
      const sealed = await sender.seal(clear, associatedData(binding))
      clear.fill(0)
      const encapsulated = Buffer.from(sender.enc).toString('base64url')
      const ciphertext = Buffer.from(sealed).toString('base64url')
      return `${SEAL_VERSION}.${keyId}.${encapsulated}.${ciphertext}` as Sealed
    },
  }
}
