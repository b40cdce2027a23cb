import { createHash, KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { generateKeyPair, parsePublicKey } from '../../src/sealing/key-pair.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { Secret } from '../../src/sealing/secret.js'
import { importRecipientKey } from '../../src/sealing/recipient-key.js'
import { CANARY, expectNoCanary, printed } from './expect-failure.js'

const pair = await generateKeyPair()
const line = pair.privateKey.reveal()

test('a key id is the first 16 hex digits of SHA-256 of the public key', () => {
  const { keyId, bytes } = parsePublicKey(pair.publicKey)
  expect(bytes).toHaveLength(32)
  expect(keyId).toBe(createHash('sha256').update(bytes).digest('hex').slice(0, 16))
  expect(pair.publicKey).toBe(`tkpub1.${keyId}.${Buffer.from(bytes).toString('base64url')}`)
  expect(line).toMatch(new RegExp(`^tkkey1\\.${keyId}\\.[A-Za-z0-9_-]{43}$`))
})

test.each([line, `${line}\n`, `# a comment\n\n${line}\n# more\n`, `# a\r\n${line}\r\n# b\r\n`])(
  'a key file may have comments and empty lines (case %#)',
  async (text) => {
    const keyring = await createKeyring([new Secret(text)])
    expect(keyring.newestPublicKey).toBe(pair.publicKey)
  },
)

test('nothing of an imported private key can be printed, exported or cloned', () => {
  const { recipient } = importRecipientKey(pair.privateKey)
  const bytes = Buffer.from(line.split('.')[2] ?? '', 'base64url')
  for (const text of [bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('base64')])
    expect(inspect(recipient, { showHidden: true, depth: 9 })).not.toContain(text)
  const keys = [recipient.agree, recipient.publicKey.key, recipient.publicKey.bytes]
  expect(keys.filter((key) => key instanceof KeyObject && key.type === 'private')).toEqual([])
})

describe('what is no private key is refused and not repeated', () => {
  const other = `tkkey1.${'0'.repeat(16)}.${line.split('.')[2] ?? ''}`
  test.each([
    '',
    CANARY,
    `# ${line}`,
    pair.publicKey,
    `${line}x`,
    `${line}\n${CANARY}`,
    `${line}\n${line}`,
    other,
  ])('case %#', async (text) => {
    const error: unknown = await createKeyring([new Secret(text)]).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(TypeError)
    expectNoCanary(printed(error))
    expect(printed(error)).not.toContain(line.split('.')[2])
  })
})

test.each(['', CANARY, line, pair.publicKey.replace('tkpub1', 'tkpub2'), `${pair.publicKey}A`])(
  'what is no public key is refused and not repeated (case %#)',
  (text) => {
    let error: unknown
    try {
      createSealer(text)
    } catch (reason) {
      error = reason
    }
    expect(error).toBeInstanceOf(TypeError)
    expectNoCanary(printed(error))
    expect(printed(error)).not.toContain(line.split('.')[2])
  },
)

test('a public key with one digit changed is refused', () => {
  const [head = '', id = '', key = ''] = pair.publicKey.split('.')
  const changed = `${head}.${id}.${key.startsWith('A') ? 'B' : 'A'}${key.slice(1)}`
  expect(() => createSealer(changed)).toThrow(TypeError)
})
