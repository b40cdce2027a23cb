import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto'

/** RFC 9180 section 7.3. */
const AEADS = {
  1: { name: 'aes-128-gcm', keyBytes: 16 },
  2: { name: 'aes-256-gcm', keyBytes: 32 },
  3: { name: 'chacha20-poly1305', keyBytes: 32 },
} as const

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const KEM = Buffer.concat([Buffer.from('KEM'), u16(0x20)])
const NONE = Buffer.alloc(0)

/** RFC 5869 and RFC 9180 section 4, over SHA-256. */
function extract(suiteId: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer {
  const labeled = Buffer.concat([Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), ikm])
  return createHmac('sha256', salt).update(labeled).digest()
}

function expand(suiteId: Buffer, prk: Buffer, label: string, info: Buffer, bytes: number): Buffer {
  const parts = [u16(bytes), Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), info]
  // One block is enough for all that is asked for here.
  const block = createHmac('sha256', prk).update(Buffer.concat([...parts, Buffer.from([1])]))
  return block.digest().subarray(0, bytes)
}

export interface Recipient {
  readonly key: Buffer
  readonly baseNonce: Buffer
  readonly exporterSecret: Buffer
  readonly open: (sequence: number, aad: Buffer, ciphertext: Buffer) => Buffer
}

/** A recipient of DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 in base or PSK mode, by the text of RFC 9180 alone. */
export function recipientByHand(
  aeadId: keyof typeof AEADS,
  keys: { readonly privateKey: Buffer; readonly publicKey: Buffer; readonly enc: Buffer },
  info: Buffer,
  psk?: { readonly id: Buffer; readonly key: Buffer },
): Recipient {
  const { privateKey, publicKey, enc } = keys
  const context = Buffer.concat([enc, publicKey])
  const prk = extract(KEM, NONE, 'eae_prk', agree(privateKey, enc))
  const shared = expand(KEM, prk, 'shared_secret', context, 32)
  const suiteId = Buffer.concat([Buffer.from('HPKE'), u16(0x20), u16(1), u16(aeadId)])
  const schedule = Buffer.concat([
    Buffer.from([psk === undefined ? 0 : 1]),
    extract(suiteId, NONE, 'psk_id_hash', psk?.id ?? NONE),
    extract(suiteId, NONE, 'info_hash', info),
  ])
  const secret = extract(suiteId, shared, 'secret', psk?.key ?? NONE)
  const { name, keyBytes } = AEADS[aeadId]
  const key = expand(suiteId, secret, 'key', schedule, keyBytes)
  const baseNonce = expand(suiteId, secret, 'base_nonce', schedule, 12)
  return {
    key,
    baseNonce,
    exporterSecret: expand(suiteId, secret, 'exp', schedule, 32),
    open: (sequence, aad, ciphertext) => {
      const nonce = Buffer.from(baseNonce)
      nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8)
      const decipher = createDecipheriv(name as 'aes-256-gcm', key, nonce, { authTagLength: 16 })
      decipher.setAAD(aad, { plaintextLength: ciphertext.length - 16 })
      decipher.setAuthTag(ciphertext.subarray(-16))
      return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()])
    },
  }
}

/** PKCS #8 and SPKI of an X25519 key up to its 32 bytes (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI = Buffer.from('302a300506032b656e032100', 'hex')

function agree(privateKey: Buffer, publicKey: Buffer): Buffer {
  return diffieHellman({
    privateKey: createPrivateKey({
      key: Buffer.concat([PKCS8, privateKey]),
      format: 'der',
      type: 'pkcs8',
    }),
    publicKey: createPublicKey({
      key: Buffer.concat([SPKI, publicKey]),
      format: 'der',
      type: 'spki',
    }),
  })
}
