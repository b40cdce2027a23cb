import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { createHmac, createPublicKey, type webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { associatedData, suite } from '../../src/sealing/hpke-suite.js'
import { generateKeyPair, parsePrivateKey, parsePublicKey } from '../../src/sealing/key-pair.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { recipientByHand } from './hpke-by-hand.js'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const PLAIN = hex('4265617574792069732074727574682c20747275746820626561757479')
const INFO = hex('4f6465206f6e2061204772656369616e2055726e')

/** RFC 9180 appendices A.1.1 and A.2.1, whole: KEM and KDF are those of our suite. */
const VECTORS = [
  {
    name: 'A.1.1',
    aead: 1,
    skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    ikmR: '6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037',
    enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    key: '4531685d41d65f03dc48f6b8302c05b0',
    baseNonce: '56d890e5accaaf011cff4b7d',
    exporterSecret: '45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8',
    encryptions: [
      [
        0,
        'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
      ],
      [
        1,
        'af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84',
      ],
      [
        2,
        '498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180',
      ],
      [
        4,
        '583bd32bc67a5994bb8ceaca813d369bca7b2a42408cddef5e22f880b631215a09fc0012bc69fccaa251c0246d',
      ],
      [
        255,
        '7175db9717964058640a3a11fb9007941a5d1757fda1a6935c805c21af32505bf106deefec4a49ac38d71c9e0a',
      ],
      [
        256,
        '957f9800542b0b8891badb026d79cc54597cb2d225b54c00c5238c25d05c30e3fbeda97d2e0e1aba483a2df9f2',
      ],
    ],
  },
  {
    name: 'A.2.1',
    aead: 3,
    skEm: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
    pkRm: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
    skRm: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
    ikmR: '1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df',
    enc: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    key: 'ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91',
    baseNonce: '5c4d98150661b848853b547f',
    exporterSecret: 'a3b010d4994890e2c6968a36f64470d3c824c8f5029942feb11e7a74b2921922',
    encryptions: [
      [
        0,
        '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
      ],
      [
        1,
        '6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c',
      ],
      [
        2,
        '71146bd6795ccc9c49ce25dda112a48f202ad220559502cef1f34271e0cb4b02b4f10ecac6f48c32f878fae86b',
      ],
      [
        4,
        '63357a2aa291f5a4e5f27db6baa2af8cf77427c7c1a909e0b37214dd47db122bb153495ff0b02e9e54a50dbe16',
      ],
      [
        255,
        '18ab939d63ddec9f6ac2b60d61d36a7375d2070c9b683861110757062c52b8880a5f6b3936da9cd6c23ef2a95c',
      ],
      [
        256,
        '7a4a13e9ef23978e2c520fd4d2e757514ae160cd0cd05e556ef692370ca53076214c0c40d4c728d6ed9e727a5b',
      ],
    ],
  },
] as const

const aadOf = (sequence: number): Buffer => Buffer.from(`Count-${String(sequence)}`)

describe.each(VECTORS)('RFC 9180 $name', (vector) => {
  test('the recipient by hand opens every message of it, from the same key and nonce', () => {
    const keys = { privateKey: hex(vector.skRm), publicKey: hex(vector.pkRm), enc: hex(vector.enc) }
    const recipient = recipientByHand(vector.aead, keys, INFO)
    expect(recipient.key.toString('hex')).toBe(vector.key)
    expect(recipient.baseNonce.toString('hex')).toBe(vector.baseNonce)
    expect(recipient.exporterSecret.toString('hex')).toBe(vector.exporterSecret)
    for (const [sequence, ciphertext] of vector.encryptions)
      expect(recipient.open(sequence, aadOf(sequence), hex(ciphertext))).toEqual(PLAIN)
  })

  test('the KEM of our suite derives the pair and imports the keys of it', async () => {
    const { kem } = suite
    const ikm = new Uint8Array(hex(vector.ikmR)).buffer
    const pair = (await kem.deriveKeyPair(ikm)) as webcrypto.CryptoKeyPair
    const bytes = async (key: unknown) =>
      Buffer.from(await kem.serializePublicKey(key as never)).toString('hex')
    expect(await bytes(pair.publicKey)).toBe(vector.pkRm)
    const secretBytes = Buffer.from(await kem.serializePrivateKey(pair.privateKey))
    expect(secretBytes.toString('hex')).toBe(vector.skRm)
    expect(await bytes(await kem.deserializePublicKey(new Uint8Array(hex(vector.enc))))).toBe(
      vector.enc,
    )
  })
})

test('KEM and KDF of our suite open A.1.1, message by message in its order', async () => {
  const [vector] = VECTORS
  const kem = new DhkemX25519HkdfSha256()
  // A KDF belongs to one suite: it keeps the suite's id.
  const ours = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes128Gcm() })
  expect([suite.kem.id, suite.kdf.id]).toEqual([ours.kem.id, ours.kdf.id])
  const ikm = new Uint8Array(hex(vector.ikmR)).buffer
  const recipientKey = (await kem.deriveKeyPair(ikm)) as webcrypto.CryptoKeyPair
  const open = await ours.createRecipientContext({
    recipientKey,
    enc: new Uint8Array(hex(vector.enc)),
    info: new Uint8Array(INFO),
  })
  const known = new Map<number, string>(vector.encryptions)
  const keys = { privateKey: hex(vector.skRm), publicKey: hex(vector.pkRm), enc: hex(vector.enc) }
  const byHand = recipientByHand(1, keys, INFO)
  // The context counts by itself; only the first three follow each other in the appendix.
  for (const sequence of [0, 1, 2]) {
    const ciphertext = new Uint8Array(hex(known.get(sequence) ?? ''))
    const clear = await open.open(ciphertext, new Uint8Array(aadOf(sequence)))
    expect(Buffer.from(clear)).toEqual(PLAIN)
    expect(byHand.open(sequence, aadOf(sequence), Buffer.from(ciphertext))).toEqual(PLAIN)
  }
})

test.each([
  { purpose: 'credential', by: 'the sealer, base mode' },
  { purpose: 'token', by: 'a keyring, PSK mode' },
] as const)(
  'a $purpose, sealed by $by, is HPKE with AES-256-GCM: the recipient by hand opens it',
  async ({ purpose }) => {
    const { keyId, privateKey, publicKey } = await generateKeyPair()
    const binding = { connection: 'shopify/acme', purpose } as const
    const isKeepers = purpose === 'token'
    const sealer = isKeepers ? await createKeyring([privateKey]) : createSealer(publicKey)
    const sealed = await sealer.seal('canary \u2603', binding)
    const [enc, ciphertext] = sealed
      .split('.')
      .slice(2)
      .map((part) => Buffer.from(part, 'base64url'))
    const keys = {
      privateKey: Buffer.from(parsePrivateKey(privateKey).bytes),
      publicKey: Buffer.from(parsePublicKey(publicKey).bytes),
      enc: enc ?? Buffer.alloc(0),
    }
    const aad = Buffer.from(associatedData(binding))
    const derived = createHmac('sha256', keys.privateKey).update('tokenkeeper sealed by a keeper')
    const psk = isKeepers
      ? { id: Buffer.from(`tokenkeeper ${keyId}`), key: derived.digest() }
      : undefined
    const recipient = recipientByHand(2, keys, Buffer.alloc(0), psk)
    const clear = recipient.open(0, aad, ciphertext ?? Buffer.alloc(0))
    expect(clear.toString('utf8')).toBe('canary \u2603')
  },
)

test('the public keys of the vectors belong to their private ones, by node:crypto too', () => {
  for (const { skRm, pkRm } of VECTORS) {
    const key = Buffer.concat([hex('302e020100300506032b656e04220420'), hex(skRm)])
    const spki = createPublicKey({ key, format: 'der', type: 'pkcs8' } as never)
    expect(spki.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')).toBe(pkRm)
  }
})
