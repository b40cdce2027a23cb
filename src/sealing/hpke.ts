import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto'

/**
 * RFC 9180 by `node:crypto`, one message a context (section 6.1): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * AES-256-GCM; base mode, and PSK mode where there is a pre-shared key. Why not by a library:
 * docs/decisions/hpke-by-node-crypto.md.
 */
export interface HpkeMessage {
  /** The sender's ephemeral public key, 32 bytes. */
  readonly enc: Buffer
  /** With its tag of 16 bytes at the end. */
  readonly ciphertext: Buffer
}

/** Whom a message is for. */
export interface HpkePublicKey {
  readonly bytes: Uint8Array
  readonly key: KeyObject
}

/** Who opens messages. The private key is in the function, so that nothing can be exported or printed. */
export interface HpkeRecipient {
  readonly publicKey: HpkePublicKey
  readonly agree: (theirs: KeyObject) => Buffer
}

/** What RFC 9180 calls a pre-shared key. */
export interface PreSharedKey {
  readonly id: Uint8Array
  readonly key: Uint8Array
}

/** What both sides know beside the keys. */
export interface HpkeSetup {
  readonly psk?: PreSharedKey | undefined
  /** Nothing where it is left out. */
  readonly info?: Uint8Array | undefined
  /** AES-256-GCM where it is left out; the others are those of the vectors of the RFC. */
  readonly aead?: HpkeAead | undefined
}

/** RFC 9180 section 7.3. */
export interface HpkeAead {
  readonly id: number
  readonly cipher: CipherGCMTypes
  readonly keyBytes: number
}

const AES_256_GCM: HpkeAead = { id: 2, cipher: 'aes-256-gcm', keyBytes: 32 }
const PUBLIC_KEY_BYTES = 32
const TAG_BYTES = 16
const NONCE_BYTES = 12
const HASH_BYTES = 32

const NOTHING = Buffer.alloc(0)
const HPKE_V1 = Buffer.from('HPKE-v1')
const KEM_SUITE = Buffer.concat([Buffer.from('KEM'), u16(0x20)])

/** A public key of 32 bytes. @throws TypeError where they are another number */
export function importPublicKey(bytes: Uint8Array): HpkePublicKey {
  if (bytes.length !== PUBLIC_KEY_BYTES) throw new TypeError('an X25519 public key has 32 bytes')
  // As a JWK it is read in 10 us, as DER in 100.
  const x = Buffer.from(bytes).toString('base64url')
  return { bytes, key: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }) }
}

/** The 32 bytes of a public key. */
export function publicKeyBytes(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}

/** @param ephemeral a pair that is used for nothing else: another one is made where it is left out */
export function sealMessage(
  to: HpkePublicKey,
  clear: Uint8Array,
  aad: Uint8Array,
  setup: HpkeSetup = {},
  ephemeral: {
    readonly publicKey: KeyObject
    readonly privateKey: KeyObject
  } = generateKeyPairSync('x25519'),
): HpkeMessage {
  const enc = publicKeyBytes(ephemeral.publicKey)
  const agreed = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: to.key })
  const { cipher, key, nonce } = keySchedule(agreed, enc, to.bytes, setup)
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: TAG_BYTES })
  sealing.setAAD(aad, { plaintextLength: clear.length })
  const ciphertext = Buffer.concat([sealing.update(clear), sealing.final(), sealing.getAuthTag()])
  return { enc, ciphertext }
}

/** @throws Error where the message is none for this recipient, associated data and setup */
export function openMessage(
  { publicKey, agree }: HpkeRecipient,
  { enc, ciphertext }: { readonly enc: Uint8Array; readonly ciphertext: Uint8Array },
  aad: Uint8Array,
  setup: HpkeSetup = {},
): Buffer {
  const agreed = agree(importPublicKey(enc).key)
  const { cipher, key, nonce } = keySchedule(agreed, enc, publicKey.bytes, setup)
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: TAG_BYTES })
  const end = Math.max(0, ciphertext.length - TAG_BYTES)
  opening.setAAD(aad, { plaintextLength: end })
  opening.setAuthTag(ciphertext.subarray(end))
  return Buffer.concat([opening.update(ciphertext.subarray(0, end)), opening.final()])
}

/**
 * Sections 4.1 and 5.1.
 * @param agreed what X25519 gives: OpenSSL refuses a result of zeros, as section 7.1.4 demands
 */
function keySchedule(
  agreed: Buffer,
  enc: Uint8Array,
  recipient: Uint8Array,
  { psk, info = NOTHING, aead = AES_256_GCM }: HpkeSetup,
): { readonly cipher: CipherGCMTypes; readonly key: Buffer; readonly nonce: Buffer } {
  const prk = extract(KEM_SUITE, NOTHING, 'eae_prk', agreed)
  const both = Buffer.concat([enc, recipient])
  const shared = expand(KEM_SUITE, prk, 'shared_secret', both, HASH_BYTES)
  const suite = Buffer.concat([Buffer.from('HPKE'), u16(0x20), u16(1), u16(aead.id)])
  const context = Buffer.concat([
    Buffer.from([psk === undefined ? 0 : 1]),
    extract(suite, NOTHING, 'psk_id_hash', psk?.id ?? NOTHING),
    extract(suite, NOTHING, 'info_hash', info),
  ])
  const secret = extract(suite, shared, 'secret', psk?.key ?? NOTHING)
  return {
    cipher: aead.cipher,
    key: expand(suite, secret, 'key', context, aead.keyBytes),
    nonce: expand(suite, secret, 'base_nonce', context, NONCE_BYTES),
  }
}

/** `LabeledExtract` of section 4 over SHA-256. */
function extract(suite: Buffer, salt: Uint8Array, label: string, ikm: Uint8Array): Buffer {
  const hmac = createHmac('sha256', salt).update(HPKE_V1).update(suite).update(label)
  return hmac.update(ikm).digest()
}

/** `LabeledExpand` of section 4 over SHA-256, for as much as one block of the hash gives. */
function expand(
  suite: Buffer,
  prk: Buffer,
  label: string,
  info: Uint8Array,
  bytes: number,
): Buffer {
  const hmac = createHmac('sha256', prk).update(u16(bytes)).update(HPKE_V1).update(suite)
  return hmac.update(label).update(info).update(FIRST_BLOCK).digest().subarray(0, bytes)
}

const FIRST_BLOCK = Buffer.from([1])

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}
