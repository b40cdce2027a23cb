import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { ApplicationFailure } from '@temporalio/common'
import { createFailure } from '../contract/failure.js'
import { isSealed, type Sealed, SEALED_BY, sealedKeyId } from '../contract/sealed.js'
import { openMessage } from './hpke.js'
import type { PublicKeyText } from './key-pair.js'
import { importRecipientKey, type RecipientKey } from './recipient-key.js'
import { associatedData, decodeBase64Url, type SealBinding } from './seal-binding.js'
import { promised, type Sealer, sealTo, toPsk } from './sealer.js'
import { Secret } from './secret.js'

/** The private keys of a worker: opens what any of them was sealed for, seals with the newest. */
export class Keyring implements Sealer {
  readonly #keys: ReadonlyMap<string, RecipientKey>
  readonly #newest: RecipientKey | undefined

  /** Use {@link createKeyring}. Oldest first. */
  constructor(keys: readonly RecipientKey[]) {
    this.#keys = new Map(keys.map((key) => [key.keyId, key]))
    this.#newest = keys.at(-1)
  }

  /** What clients seal with; undefined where there is no key. Not secret. */
  get newestPublicKey(): PublicKeyText | undefined {
    return this.#newest?.publicKey
  }

  /** The ids of all keys, oldest first. They are not secret. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()]
  }

  /** The id of the key that seals. @throws ApplicationFailure `NoKeyHere` */
  get keyId(): string {
    if (this.#newest === undefined) throw noKeyFailure()
    return this.#newest.keyId
  }

  /**
   * Seals with the newest key; what only keepers make is sealed as theirs.
   * @throws ApplicationFailure `NoKeyHere`, `InvalidConnection`
   */
  seal(text: Secret | string, binding: SealBinding): Promise<Sealed> {
    return promised(() => {
      if (this.#newest === undefined) throw noKeyFailure(binding.connection)
      const { keyId, recipient, sealingKey } = this.#newest
      const to = { keyId, publicKey: recipient.publicKey }
      return sealTo(to, text, binding, isKeepers(binding) ? sealingKey : undefined)
    })
  }

  /**
   * Opens a sealed value of this connection and purpose. One of a purpose that only keepers make opens
   * only where a keeper has sealed it.
   * @throws ApplicationFailure `NoKeyHere`, `KeyMissing` (retryable, names the key id), `SealInvalid`,
   * `InvalidConnection`
   */
  open(sealed: Sealed, binding: SealBinding): Promise<Secret> {
    return promised(() => this.#open(sealed, binding))
  }

  #open(sealed: Sealed, binding: SealBinding): Secret {
    if (this.#newest === undefined) throw noKeyFailure(binding.connection)
    const aad = associatedData(binding)
    const { connection, purpose } = binding
    if (!isSealed(sealed))
      throw createFailure(
        'SealInvalid',
        `The ${purpose} of ${connection} is no sealed value: seal it with the public key ${this.#newest.publicKey}.`,
        { connection },
      )
    const keyId = sealedKeyId(sealed)
    const key = this.#keys.get(keyId)
    if (key === undefined)
      throw createFailure(
        'KeyMissing',
        `The ${purpose} of ${connection} needs key ${keyId}; this worker has ${this.keyIds.join(', ')}. Give the worker that key (privateKeys), or rotate the connection with a value sealed for the newest public key.`,
        { connection, keyId },
      )
    const secret = openWith(key, sealed, aad, isKeepers(binding))
    if (secret === undefined) throw sealInvalid(binding, keyId)
    return secret
  }

  /**
   * Tells secrets apart in histories and logs: a hash keyed by the newest key, 16 hex digits.
   * @throws ApplicationFailure `NoKeyHere`: without a key a short secret could be guessed from it
   */
  fingerprint(secret: Secret): string {
    if (this.#newest === undefined) throw noKeyFailure()
    return fingerprintBy(this.#newest, secret)
  }

  /**
   * Shows later that a worker with this key wrote the text: a keyed hash in 43 characters.
   * @throws ApplicationFailure `NoKeyHere`
   */
  prove(text: string): string {
    if (this.#newest === undefined) throw noKeyFailure()
    return proofBy(this.#newest, text)
  }

  /** Whether {@link prove} gave this proof for this text, by any of the keys. */
  proves(text: string, proof: string): boolean {
    const given = createHash('sha256').update(proof).digest()
    return [...this.#keys.values()].some((key) =>
      timingSafeEqual(createHash('sha256').update(proofBy(key, text)).digest(), given),
    )
  }

  /** As {@link fingerprint}, by the key of an id; undefined where this worker lacks it. */
  fingerprintWith(keyId: string, secret: Secret): string | undefined {
    const key = this.#keys.get(keyId)
    return key && fingerprintBy(key, secret)
  }
}

/**
 * Imports the texts of key files, oldest first: the last one seals, each of them opens.
 * @throws TypeError where one is no private key
 */
export function createKeyring(privateKeys: readonly Secret[]): Promise<Keyring> {
  return promised(() => new Keyring(privateKeys.map(importRecipientKey)))
}

/** The mark is made with a key of its own: a fingerprint that is shown proves nothing. */
function proofBy({ fingerprintKey }: RecipientKey, text: string): string {
  const key = createHmac('sha256', fingerprintKey).update('tokenkeeper proof of a page').digest()
  return createHmac('sha256', key).update(text).digest('base64url')
}

function sealInvalid(binding: SealBinding, keyId: string): ApplicationFailure {
  const { connection, purpose } = binding
  const [others, next] = isKeepers(binding)
    ? [', or not by a keeper worker', 'Connect']
    : ['', 'Seal it for']
  return createFailure(
    'SealInvalid',
    `The ${purpose} of ${connection} does not open with key ${keyId}: it was changed, or sealed for another connection or purpose${others}. ${next} ${connection} again.`,
    { connection, keyId },
  )
}

function isKeepers({ purpose }: SealBinding): boolean {
  return SEALED_BY[purpose] === 'keepers'
}

function fingerprintBy({ fingerprintKey }: RecipientKey, secret: Secret): string {
  return createHmac('sha256', fingerprintKey).update(secret.reveal()).digest('hex').slice(0, 16)
}

/** Undefined for whatever does not open: why is not told apart, since only the owner may know. */
function openWith(
  key: RecipientKey,
  sealed: Sealed,
  aad: Uint8Array,
  isByKeeper: boolean,
): Secret | undefined {
  const [enc, ciphertext] = sealed.split('.').slice(2).map(decodeBase64Url)
  if (enc === undefined || ciphertext === undefined) return undefined
  try {
    const psk = isByKeeper ? toPsk(key.keyId, key.sealingKey) : undefined
    const clear = openMessage(key.recipient, { enc, ciphertext }, aad, { psk })
    const secret = new Secret(clear.toString('utf8'))
    clear.fill(0)
    return secret
  } catch {
    return undefined
  }
}

function noKeyFailure(connection?: string): ApplicationFailure {
  return createFailure(
    'NoKeyHere',
    `This worker holds no key, so it can't seal or open ${connection ?? 'anything'}. Run this on the keeper worker, or give this worker privateKeys.`,
    { connection },
  )
}
