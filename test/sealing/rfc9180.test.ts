import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import fc from 'fast-check'
import { createPrivateKey, createPublicKey, diffieHellman, type webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type HpkeRecipient,
  type HpkeSetup,
  importPublicKey,
  openMessage,
  publicKeyBytes,
  sealMessage,
} from '../../src/sealing/hpke.js'
import { generateKeyPair, parsePrivateKey, parsePublicKey } from '../../src/sealing/key-pair.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { importRecipientKey } from '../../src/sealing/recipient-key.js'
import { associatedData } from '../../src/sealing/seal-binding.js'
import { createSealer, toPsk } from '../../src/sealing/sealer.js'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const PLAIN = hex('4265617574792069732074727574682c20747275746820626561757479')
const AAD = Buffer.from('Count-0')
const INFO = hex('4f6465206f6e2061204772656369616e2055726e')
const AES_128_GCM = { id: 1, cipher: 'aes-128-gcm', keyBytes: 16 } as const

/** The first message of RFC 9180's vectors for our KEM and KDF, in both modes that we use. */
const VECTORS = [
  {
    name: 'A.1.1, base mode, AES-128-GCM',
    setup: { info: INFO, aead: AES_128_GCM },
    skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    ciphertext:
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  },
  {
    name: 'A.1.2, PSK mode, AES-128-GCM',
    setup: {
      info: INFO,
      aead: AES_128_GCM,
      psk: {
        id: Buffer.from('Ennyn Durin aran Moria'),
        key: hex('0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82'),
      },
    },
    skEm: '463426a9ffb42bb17dbe6044b9abd1d4e4d95f9041cef0e99d7824eef2b6f588',
    pkRm: '9fed7e8c17387560e92cc6462a68049657246a09bfa8ade7aefe589672016366',
    skRm: 'c5eb01eb457fe6c6f57577c5413b931550a162c71a03ac8d196babbd4e5ce0fd',
    enc: '0ad0950d9fb9588e59690b74f1237ecdf1d775cd60be2eca57af5a4b0471c91b',
    ciphertext:
      'e52c6fed7f758d0cf7145689f21bc1be6ec9ea097fef4e959440012f4feb73fb611b946199e681f4cfc34db8ea',
  },
  {
    name: 'A.2.1, base mode, ChaCha20Poly1305',
    setup: { info: INFO, aead: { id: 3, cipher: 'chacha20-poly1305' as never, keyBytes: 32 } },
    skEm: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
    pkRm: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
    skRm: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
    enc: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    ciphertext:
      '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
  },
] as const satisfies readonly (Record<string, unknown> & { readonly setup: HpkeSetup })[]

/** Of a private key of 32 bytes. */
function pairOf(bytes: Buffer) {
  const key = Buffer.concat([hex('302e020100300506032b656e04220420'), bytes])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

function recipientOf(bytes: Buffer): HpkeRecipient {
  const { privateKey, publicKey } = pairOf(bytes)
  return {
    publicKey: importPublicKey(publicKeyBytes(publicKey)),
    agree: (theirs) => diffieHellman({ privateKey, publicKey: theirs }),
  }
}

describe.each(VECTORS)('RFC 9180 $name', ({ setup, skEm, pkRm, skRm, enc, ciphertext }) => {
  test('seals to its bytes', () => {
    const to = importPublicKey(hex(pkRm))
    const message = sealMessage(to, PLAIN, AAD, setup, pairOf(hex(skEm)))
    expect(message.enc.toString('hex')).toBe(enc)
    expect(message.ciphertext.toString('hex')).toBe(ciphertext)
  })

  test('opens its bytes, and no others', () => {
    const recipient = recipientOf(hex(skRm))
    const message = { enc: hex(enc), ciphertext: hex(ciphertext) }
    expect(openMessage(recipient, message, AAD, setup)).toEqual(PLAIN)
    expect(() => openMessage(recipient, message, INFO, setup)).toThrow()
    expect(() => openMessage(recipient, message, AAD, { ...setup, info: PLAIN })).toThrow()
    for (const length of [0, 1, 15, 16, message.ciphertext.length - 1]) {
      const short = { ...message, ciphertext: message.ciphertext.subarray(0, length) }
      expect(() => openMessage(recipient, short, AAD, setup)).toThrow()
    }
  })
})

// RFC 7748 section 6.1, RFC 9180 section 7.1.4: points whose agreement is zero, whoever has the private key.
test.each([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])('a public key of low order is no key: %s', (point) => {
  const recipient = recipientOf(hex(VECTORS[0].skRm))
  const message = { enc: hex(point), ciphertext: hex(VECTORS[0].ciphertext) }
  expect(() => openMessage(recipient, message, AAD)).toThrow()
  expect(() => sealMessage(importPublicKey(hex(point)), PLAIN, AAD)).toThrow()
})

test.each([0, 31, 33])('a public key of %i bytes is none', (length) => {
  expect(() => importPublicKey(Buffer.alloc(length, 9))).toThrow('32 bytes')
})

describe('another implementation of the suite', () => {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  })
  const cases = fc.record({
    text: fc.string({ unit: 'grapheme', maxLength: 3000 }),
    purpose: fc.constantFrom('credential' as const, 'token' as const, 'grant' as const),
    account: fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/),
  })

  test('opens what we seal, and seals what we open', async () => {
    const { privateKey, publicKey, keyId } = await generateKeyPair()
    const keyring = await createKeyring([privateKey])
    const { sealingKey } = importRecipientKey(privateKey)
    const privateBytes = parsePrivateKey(privateKey).bytes
    const publicBytes = parsePublicKey(publicKey).bytes
    // The library's own types need the DOM's declarations.
    const pair: webcrypto.CryptoKeyPair = {
      privateKey: (await suite.kem.importKey(
        'raw',
        privateBytes.slice().buffer,
        false,
      )) as webcrypto.CryptoKey,
      publicKey: (await suite.kem.deserializePublicKey(
        publicBytes.slice().buffer,
      )) as webcrypto.CryptoKey,
    }
    await fc.assert(
      fc.asyncProperty(cases, async ({ text, purpose, account }) => {
        const binding = { connection: `shopify/${account}`, purpose }
        const isKeepers = purpose !== 'credential'
        const aad = new Uint8Array(associatedData(binding))
        const ours = toPsk(keyId, sealingKey)
        const psk = { id: new Uint8Array(ours.id), key: new Uint8Array(ours.key) }
        const mode = isKeepers ? { psk } : {}

        const sealer = isKeepers ? keyring : createSealer(publicKey)
        const [enc, ciphertext] = (await sealer.seal(text, binding))
          .split('.')
          .slice(2)
          .map((part) => new Uint8Array(Buffer.from(part, 'base64url')))
        if (enc === undefined || ciphertext === undefined) throw new Error('no sealed value')
        const recipient = await suite.createRecipientContext({ recipientKey: pair, enc, ...mode })
        expect(Buffer.from(await recipient.open(ciphertext, aad)).toString()).toBe(text)

        const sender = await suite.createSenderContext({
          recipientPublicKey: pair.publicKey,
          ...mode,
        })
        const theirs = await sender.seal(new TextEncoder().encode(text), aad)
        const parts = [sender.enc, theirs].map((part) => Buffer.from(part).toString('base64url'))
        const sealed = ['tk1', keyId, ...parts].join('.') as Awaited<ReturnType<typeof sealer.seal>>
        expect((await keyring.open(sealed, binding)).reveal()).toBe(text)
      }),
      { numRuns: 60 },
    )
  })
})
