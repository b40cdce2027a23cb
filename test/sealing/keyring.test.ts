import { describe, expect, test } from 'vitest'
import { isSealed, type Sealed, type SealPurpose, sealedKeyId } from '../../src/contract/sealed.js'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { Secret } from '../../src/sealing/secret.js'
import { CANARY, expectFailure, expectNoCanary, printed } from './expect-failure.js'

const binding = { connection: 'shopify/acme', purpose: 'token' } as const
const [old, recent, foreign] = await Promise.all([
  generateKeyPair(),
  generateKeyPair(),
  generateKeyPair(),
])
const keyring = await createKeyring([old.privateKey, recent.privateKey])

/** The same value with one part replaced. */
function withPart(sealed: Sealed, index: number, change: (part: string) => string): Sealed {
  const parts = sealed.split('.')
  parts[index] = change(parts[index] ?? '')
  return parts.join('.') as Sealed
}

function flipByte(at: number) {
  return (part: string) => {
    const bytes = Buffer.from(part, 'base64url')
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = (bytes[index] ?? 0) ^ 1
    return bytes.toString('base64url')
  }
}

/** Another text that a lenient decoder reads as the same bytes. */
function spareBit(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(part.at(-1) ?? '')
  const twin = `${part.slice(0, -1)}${alphabet[last ^ 1] ?? ''}`
  expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(part, 'base64url'))
  return twin
}

describe('a sealed value', () => {
  test.each(['', 'x', CANARY, 'a'.repeat(64 * 1024), '{"refreshToken":"ü\n"}'])(
    'opens to what was sealed (case %#)',
    async (text) => {
      const sealed = await keyring.seal(text, binding)
      expect(isSealed(sealed)).toBe(true)
      expectNoCanary(sealed)
      expect((await keyring.open(sealed, binding)).reveal()).toBe(text)
    },
  )

  test('is another one each time', async () => {
    const seals = await Promise.all(Array.from({ length: 20 }, () => keyring.seal('x', binding)))
    expect(new Set(seals).size).toBe(20)
  })

  test('of a client that has only the public key opens on the worker', async () => {
    const sealer = createSealer(old.publicKey)
    const binding = { connection: 'shopify/acme', purpose: 'credential' } as const
    const sealed = await sealer.seal(new Secret(CANARY), binding)
    expect(sealedKeyId(sealed)).toBe(old.keyId)
    expect((await keyring.open(sealed, binding)).reveal()).toBe(CANARY)
  })

  test('names the connection with or without the default account', async () => {
    const sealed = await keyring.seal('x', { connection: 'erp', purpose: 'credential' })
    const opened = await keyring.open(sealed, { connection: 'erp/default', purpose: 'credential' })
    expect(opened.reveal()).toBe('x')
  })

  test.each(['shopify/other', 'shopify2/acme', 'shopify', 'acme/shopify'])(
    'moved to %s does not open',
    async (connection) => {
      const sealed = await keyring.seal(CANARY, binding)
      const failure = await expectFailure(
        keyring.open(sealed, { ...binding, connection }),
        'SealInvalid',
      )
      expect(failure.message).toContain(connection)
    },
  )

  test.each<SealPurpose>(['credential', 'grant'])('does not open as a %s', async (purpose) => {
    const sealed = await keyring.seal(CANARY, binding)
    await expectFailure(keyring.open(sealed, { ...binding, purpose }), 'SealInvalid')
  })

  test('is not made for what names no connection', async () => {
    const nowhere = { ...binding, connection: CANARY }
    await expectFailure(keyring.seal('x', nowhere), 'InvalidConnection')
    await expectFailure(createSealer(old.publicKey).seal('x', nowhere), 'InvalidConnection')
  })
})

describe('a changed value does not open', () => {
  test.each<[string, number, (part: string) => string]>([
    ['version', 0, () => 'tk2'],
    ['key id, to another key of the ring', 1, () => old.keyId],
    ['key id, upper case', 1, () => 'A'.repeat(16)],
    ['encapsulated key, first byte', 2, flipByte(0)],
    ['encapsulated key, last byte', 2, flipByte(-1)],
    ['encapsulated key, spare bit of base64url', 2, spareBit],
    ['encapsulated key, all zero', 2, () => 'A'.repeat(43)],
    ['encapsulated key, cut', 2, (part) => part.slice(1)],
    ['ciphertext, first byte', 3, flipByte(0)],
    ['ciphertext, tag', 3, flipByte(-1)],
    ['ciphertext, spare bit of base64url', 3, spareBit],
    ['ciphertext, cut', 3, (part) => part.slice(0, -4)],
    ['ciphertext, longer', 3, (part) => `${part}AAAA`],
    ['ciphertext, a dot more', 3, (part) => `${part}.AAAA`],
  ])('%s', async (_, index, change) => {
    // 27 bytes and the tag of 16 leave spare bits in the last character.
    const sealed = await keyring.seal(`${CANARY}xyz`, binding)
    const changed = withPart(sealed, index, change)
    expect(changed).not.toBe(sealed)
    await expectFailure(keyring.open(changed, binding), 'SealInvalid')
  })

  test.each(['', CANARY, 'tk1', undefined, null, 7, {}])('no sealed value: %j', async (value) => {
    await expectFailure(keyring.open(value as Sealed, binding), 'SealInvalid')
  })
})

describe('several keys', () => {
  test('the last one seals and every one opens', async () => {
    expect(keyring.keyIds).toEqual([old.keyId, recent.keyId])
    expect(keyring.keyId).toBe(recent.keyId)
    expect(keyring.newestPublicKey).toBe(recent.publicKey)
    const before = await (await createKeyring([old.privateKey])).seal('before', binding)
    const after = await keyring.seal('after', binding)
    expect(sealedKeyId(after)).toBe(recent.keyId)
    expect((await keyring.open(before, binding)).reveal()).toBe('before')
    expect((await keyring.open(after, binding)).reveal()).toBe('after')
  })

  test('a key that is not here fails retryably and names itself, those here and the way out', async () => {
    const sealed = await (await createKeyring([foreign.privateKey])).seal(CANARY, binding)
    const failure = await expectFailure(keyring.open(sealed, binding), 'KeyMissing')
    expect(failure.nonRetryable).toBe(false)
    expect(failure.details?.[0]).toMatchObject({
      keyId: foreign.keyId,
      connection: 'shopify/acme',
    })
    for (const part of ['shopify/acme', foreign.keyId, old.keyId, recent.keyId, 'privateKeys'])
      expect(failure.message).toContain(part)
    const mended = await createKeyring([old.privateKey, foreign.privateKey])
    expect((await mended.open(sealed, binding)).reveal()).toBe(CANARY)
  })

  test('no key at all fails closed', async () => {
    const none = await createKeyring([])
    const sealed = await keyring.seal(CANARY, binding)
    expect(none.newestPublicKey).toBeUndefined()
    await expectFailure(none.open(sealed, binding), 'NoKeyHere')
    await expectFailure(none.seal(CANARY, binding), 'NoKeyHere')
    const fingerprint = async () => Promise.resolve(none.fingerprint(new Secret(CANARY)))
    await expectFailure(fingerprint(), 'NoKeyHere')
    await expectFailure((async () => Promise.resolve(none.keyId))(), 'NoKeyHere')
  })
})

test('a fingerprint tells secrets apart and depends on the key', async () => {
  const other = await createKeyring([foreign.privateKey])
  const print = keyring.fingerprint(new Secret(CANARY))
  expect(print).toMatch(/^[0-9a-f]{16}$/)
  expect(keyring.fingerprint(new Secret(CANARY))).toBe(print)
  expect(keyring.fingerprint(new Secret('other'))).not.toBe(print)
  expect(other.fingerprint(new Secret(CANARY))).not.toBe(print)
})

test('printing a keyring or a key pair shows no private key', () => {
  for (const pair of [old, recent]) {
    const material = pair.privateKey.reveal().split('.')[2] ?? ''
    const bytes = Buffer.from(material, 'base64url')
    for (const text of [printed(keyring), printed(pair)]) {
      expect(material).toHaveLength(43)
      expect(text).not.toContain(material)
      expect(text).not.toContain(bytes.toString('hex'))
      expect(text).not.toContain(bytes.toString('base64'))
    }
  }
})

describe('what only keepers make', () => {
  const keepers = (['grant', 'token', 'answer'] as const).map((purpose) => [purpose] as const)

  test.each(keepers)('a %s that was sealed with the public key does not open', async (purpose) => {
    const forged = { connection: 'a/x', purpose }
    const sealed = await createSealer(recent.publicKey).seal('{"apiKey":"mine"}', forged)
    const failure = await expectFailure(keyring.open(sealed, forged), 'SealInvalid')
    expect(failure.message).toContain('or not by a keeper worker')
  })

  test.each(keepers)('a %s of a keeper opens at every keeper that has its key', async (purpose) => {
    const binding = { connection: 'a/x', purpose }
    const behind = await createKeyring([recent.privateKey, old.privateKey])
    for (const [by, at] of [
      [keyring, behind],
      [behind, keyring],
    ] as const)
      expect((await at.open(await by.seal('x', binding), binding)).reveal()).toBe('x')
    const without = await createKeyring([old.privateKey])
    await expectFailure(without.open(await keyring.seal('x', binding), binding), 'KeyMissing')
  })

  test('a credential opens whoever sealed it, and not as anything else', async () => {
    const binding = { connection: 'a/x', purpose: 'credential' } as const
    for (const sealer of [keyring, createSealer(recent.publicKey)]) {
      const sealed = await sealer.seal('x', binding)
      expect((await keyring.open(sealed, binding)).reveal()).toBe('x')
      await expectFailure(keyring.open(sealed, { ...binding, purpose: 'token' }), 'SealInvalid')
    }
  })

  test('somebody with another private key makes nothing that opens', async () => {
    const binding = { connection: 'a/x', purpose: 'token' } as const
    const attacker = await createKeyring([foreign.privateKey])
    const [, , enc, text] = (await attacker.seal('x', binding)).split('.')
    const moved = ['tk1', recent.keyId, enc, text].join('.') as Sealed
    await expectFailure(keyring.open(moved, binding), 'SealInvalid')
  })
})
