import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import type { SealPurpose } from '../contract/sealed.js'
import { SEAL_VERSION } from '../contract/sealed.js'

/** RFC 9180 base mode: X25519, HKDF-SHA256, AES-256-GCM. What `tk1` in a sealed value stands for. */
export const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})

/** What a sealed value is bound to. */
export interface SealBinding {
  /** `shopify/acme` */
  readonly connection: string
  readonly purpose: SealPurpose
}

/** Associated data: version, connection and purpose. A value that is moved to another does not open. */
export function associatedData(binding: SealBinding): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(['tokenkeeper', SEAL_VERSION, binding.connection, binding.purpose])
  return new Uint8Array(Buffer.from(text))
}
