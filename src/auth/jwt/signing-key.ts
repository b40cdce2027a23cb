import type { KeyObject } from 'node:crypto'
import type { Secret } from '../../sealing/secret.js'
import { readPrivateKey } from '../kind/private-key.js'
import {
  HMAC_BYTES,
  isHmac,
  type JwtAlgorithm,
  type JwtKeyFormat,
  PRIVATE_KEYS,
} from './jwt-algorithms.js'

/** The key to sign with; a text says what is wrong with it, and nothing of it. */
export function readSigningKey(
  text: Secret,
  algorithm: JwtAlgorithm,
  format: JwtKeyFormat,
): KeyObject | Uint8Array | string {
  if (!isHmac(algorithm))
    return readPrivateKey(text, PRIVATE_KEYS[algorithm], format === 'base64' ? 'base64' : 'pem')
  const bytes = keyBytes(text.reveal(), format)
  if (bytes === undefined) return `is not written in ${format}`
  const needed = HMAC_BYTES[algorithm]
  return bytes.length < needed ? `has less than the ${needed} bytes that ${algorithm} needs` : bytes
}

/** Node leaves out what it can't decode, and would sign with a shorter key. */
function keyBytes(text: string, format: JwtKeyFormat): Uint8Array | undefined {
  switch (format) {
    case 'hex':
      return /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined
    case 'base64':
      return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
    case 'pem':
    case 'text':
      return Buffer.from(text, 'utf8')
  }
}
