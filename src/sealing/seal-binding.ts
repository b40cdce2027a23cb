import { formatConnection, parseConnection } from '../contract/connection-ref.js'
import { createFailure } from '../contract/failure.js'
import type { SealPurpose } from '../contract/sealed.js'
import { SEAL_VERSION } from '../contract/sealed.js'

/** What a sealed value is bound to. */
export interface SealBinding {
  /** `shopify/acme`; `shopify` alone means `shopify/default`. */
  readonly connection: string
  readonly purpose: SealPurpose
}

/**
 * Associated data: version, connection and purpose. A value that is moved to another does not open.
 * @throws ApplicationFailure `InvalidConnection`; the text is not repeated
 */
export function associatedData(binding: SealBinding): Uint8Array<ArrayBuffer> {
  const ref = parseConnection(binding.connection)
  if (ref === undefined)
    throw createFailure(
      'InvalidConnection',
      `A value is sealed for one connection, and this is no name of one: write 'shopify/acme'.`,
    )
  const parts = ['tokenkeeper', SEAL_VERSION, formatConnection(ref), binding.purpose]
  return new TextEncoder().encode(JSON.stringify(parts))
}

/**
 * Bytes of canonical base64url, else undefined. Node's decoder ignores spare bits and foreign
 * characters, so that several texts would stand for one sealed value.
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined
}
