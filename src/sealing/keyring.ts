import { createHmac, createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto'
import { createFailure } from '../contract/failure.js'
import { isSealed, type Sealed, sealedKeyId } from '../contract/sealed.js'
import { associatedData, type SealBinding, suite } from './hpke-suite.js'
import { formatPublicKey, keyIdOf, parsePrivateKey, type PublicKeyText } from './key-pair.js'
import { createSealer, type Sealer } from './sealer.js'
import { Secret } from './secret.js'

/** The private keys of a worker: opens what any of them was sealed for, seals with the newest. */
export class Keyring implements Sealer {
  readonly #keys: ReadonlyMap<string, webcrypto.CryptoKey>
  readonly #sealer: Sealer | undefined
  readonly #fingerprintKey: Buffer
  /** Of the newest key; undefined where there is none. Not secret. */
  readonly newestPublicKey: PublicKeyText | undefined

  constructor(
    keys: ReadonlyMap<string, webcrypto.CryptoKey>,
    newestPublicKey: PublicKeyText | undefined,
    fingerprintKey: Buffer,
  ) {
    this.#keys = keys
    this.newestPublicKey = newestPublicKey
    this.#fingerprintKey = fingerprintKey
    this.#sealer = newestPublicKey === undefined ? undefined : createSealer(newestPublicKey)
  }

  get keyIds(): readonly string[] {
    return [...this.#keys.keys()]
  }

  get keyId(): string {
    return this.#needSealer('anything').keyId
  }

  async seal(text: Secret | string, binding: SealBinding): Promise<Sealed> {
    return await this.#needSealer(binding.connection).seal(text, binding)
  }

  /**
   * Opens a sealed value of this connection and purpose.
   * @throws ApplicationFailure `NoKeyHere`, `KeyMissing` (retryable, names the key id), `SealInvalid`
   */
  async open(sealed: Sealed, binding: SealBinding): Promise<Secret> {
    const { connection, purpose } = binding
    this.#needSealer(connection)
    if (!isSealed(sealed))
      throw createFailure('SealInvalid', `The ${purpose} of ${connection} is no sealed value.`, {
        connection,
      })
    const keyId = sealedKeyId(sealed)
    const recipientKey = this.#keys.get(keyId)
    if (recipientKey === undefined)
      throw createFailure(
        'KeyMissing',
        `The ${purpose} of ${connection} needs key ${keyId}; this worker has ${this.keyIds.join(', ')}. Give the worker that key (privateKeys), or rotate the connection with the newest public key.`,
        { connection, keyId },
      )
    const [, , encapsulated = '', ciphertext = ''] = sealed.split('.')
    try {
      const recipient = await suite.createRecipientContext({
        recipientKey,
        enc: new Uint8Array(Buffer.from(encapsulated, 'base64url')),
      })
      const bytes = new Uint8Array(Buffer.from(ciphertext, 'base64url'))
      const clear = Buffer.from(await recipient.open(bytes, associatedData(binding)))
      const secret = new Secret(clear.toString('utf8'))
      clear.fill(0)
      return secret
    } catch {
      throw createFailure(
        'SealInvalid',
        `The ${purpose} of ${connection} does not open with key ${keyId}: it was changed, or sealed for another connection or purpose. Seal it for ${connection} again.`,
        { connection, keyId },
      )
    }
  }

  /** Tells secrets apart in histories and logs: a keyed hash, 16 hex digits. */
  fingerprint(secret: Secret): string {
    const hash = createHmac('sha256', this.#fingerprintKey).update(secret.reveal())
    return hash.digest('hex').slice(0, 16)
  }

  #needSealer(connection: string): Sealer {
    if (this.#sealer !== undefined) return this.#sealer
    throw createFailure(
      'NoKeyHere',
      `This worker holds no key, so it can't open or seal ${connection}. Run this on the keeper worker, or give this worker privateKeys.`,
      connection === 'anything' ? {} : { connection },
    )
  }
}

/**
 * Imports the texts of key files, oldest first: the last one seals. Several can open.
 * @throws TypeError where one is no private key
 */
export async function createKeyring(privateKeys: readonly Secret[]): Promise<Keyring> {
  const keys = new Map<string, webcrypto.CryptoKey>()
  let newest: PublicKeyText | undefined
  let fingerprintKey = Buffer.alloc(32)
  for (const text of privateKeys) {
    const { keyId, bytes } = parsePrivateKey(text)
    const privateKey = await suite.kem.importKey('raw', bytes.slice().buffer, false)
    const publicKey = publicKeyOf(bytes)
    if (keyIdOf(publicKey) !== keyId)
      throw new TypeError(`the private key ${keyId} is damaged: its id does not fit its content`)
    keys.set(keyId, privateKey)
    newest = formatPublicKey(publicKey)
    fingerprintKey = createHmac('sha256', bytes).update('tokenkeeper fingerprint').digest()
    bytes.fill(0)
  }
  return new Keyring(keys, newest, fingerprintKey)
}

/** Node derives the public key where HPKE libraries do not offer it. */
function publicKeyOf(privateBytes: Uint8Array): Uint8Array {
  const prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
  const der = Buffer.concat([prefix, privateBytes])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  der.fill(0)
  const spki = key.export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - 32))
}
