import { createHash } from 'node:crypto'
import type { HmacBodyHash, HmacEncoding, HmacTimestamp } from './definition.js'

/** A moment as text. */
export function formatTimestamp(format: HmacTimestamp, nowMs: number): string {
  switch (format) {
    case 'seconds':
      return String(Math.floor(nowMs / 1000))
    case 'milliseconds':
      return String(Math.floor(nowMs))
    case 'iso':
      return `${new Date(nowMs).toISOString().slice(0, -5)}Z`
    case 'iso-milliseconds':
      return new Date(nowMs).toISOString()
    case 'rfc1123':
      return new Date(nowMs).toUTCString()
    case 'rfc2822':
      return new Date(nowMs).toUTCString().replace('GMT', '-0000')
  }
}

/** @param random 16 bytes */
export function formatNonce(format: 'uuid' | 'hex', random: Uint8Array): string {
  const bytes = Buffer.from(random)
  if (format === 'hex') return bytes.toString('hex')
  // RFC 9562 section 5.4: version 4 and its variant.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

interface Digesting {
  readonly digest: (encoding: 'hex' | 'base64' | 'base64url') => string
}

/** The digest of a hash or MAC that has taken everything in. */
export function formatDigest(hash: Digesting, encoding: HmacEncoding): string {
  switch (encoding) {
    case 'hex-upper':
      return hash.digest('hex').toUpperCase()
    case 'base64-of-hex':
      return Buffer.from(hash.digest('hex')).toString('base64')
    default:
      return hash.digest(encoding)
  }
}

export function hashBody({ hash, encoding, ifEmpty }: HmacBodyHash, body: string): string {
  if (body === '' && ifEmpty === 'nothing') return ''
  return formatDigest(createHash(hash).update(body, 'utf8'), encoding)
}
