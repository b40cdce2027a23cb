import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from 'node:zlib'
import { readText } from '../../src/wire/body-text.js'
import { firstHeader, headerLines, type HeaderLines } from '../../src/wire/header-lines.js'

/** What {@link decodeBody} can read. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br'

/** The body, or why there is none: `TOO_LARGE`, `ENCODING_BROKEN`, `ENCODING_UNKNOWN`. */
export type Decoded = { readonly body: Buffer } | { readonly fault: string }

export interface DecodeOptions {
  /** After each step. */
  readonly maxBytes: number
  /** Also what is gzip by its first bytes and does not say so. */
  readonly unpack: boolean
  /** What has come is unpacked, also where the end of it is missing. */
  readonly cut?: boolean | undefined
}

const DECODERS = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  'deflate-raw': promisify(inflateRaw),
  br: promisify(brotliDecompress),
} as const

type Coding = keyof typeof DECODERS

/** For what was cut off. */
const FLUSH = {
  gzip: constants.Z_SYNC_FLUSH,
  deflate: constants.Z_SYNC_FLUSH,
  'deflate-raw': constants.Z_SYNC_FLUSH,
  br: constants.BROTLI_OPERATION_FLUSH,
} as const

/** More in a row than anybody means. */
const MAX_CODINGS = 8

/**
 * Undoes the `Content-Encoding` of a body, its codings from the last to the first, or what its bytes say
 * where the header is wrong. No promise where nothing is to be done.
 * @param lines of the header, each with one coding or several
 */
export function decodeBody(
  body: Buffer,
  lines: readonly string[],
  options: DecodeOptions,
): Decoded | Promise<Decoded> {
  const named = lines.flatMap((line) => line.toLowerCase().split(','))
  const codings = named.map((name) => name.trim()).filter((name) => !NO_CODINGS.has(name))
  if (body.length === 0) return { body }
  if (codings.length === 0 && !(options.unpack && isGzip(body))) return { body }
  return undo(body, codings.reverse(), options)
}

const NO_CODINGS = new Set(['', 'identity', 'none', 'utf-8', 'utf8'])

async function undo(
  body: Buffer,
  codings: readonly string[],
  options: DecodeOptions,
): Promise<Decoded> {
  if (codings.length > MAX_CODINGS) return { fault: 'ENCODING_UNKNOWN' }
  let current = body
  for (const name of codings) {
    const coding = codingOf(name, current)
    // Named twice and done once, or not done at all.
    if (coding === undefined && isPlain(current)) continue
    if (coding === undefined) return { fault: faultOf(name) }
    const next = await decode(current, coding, options)
    if ('body' in next) current = next.body
    else if (next.fault === 'TOO_LARGE' || coding === 'gzip' || !isPlain(current)) return next
  }
  return options.unpack && isGzip(current)
    ? await decode(current, 'gzip', options)
    : { body: current }
}

/** What a body is really in, of the coding that is named; undefined: it can't be that. */
function codingOf(name: string, body: Buffer): Coding | undefined {
  if (name === 'gzip' || name === 'x-gzip') return isGzip(body) ? 'gzip' : undefined
  // RFC 9110 section 8.4.1.2 means the zlib format; there are servers that leave its frame out.
  if (name === 'deflate') return isZlib(body) ? 'deflate' : 'deflate-raw'
  return name === 'br' ? 'br' : undefined
}

function faultOf(name: string): string {
  return name === 'gzip' || name === 'x-gzip' ? 'ENCODING_BROKEN' : 'ENCODING_UNKNOWN'
}

async function decode(
  body: Buffer,
  coding: Coding,
  { maxBytes, cut }: DecodeOptions,
): Promise<Decoded> {
  const flush = cut === true ? { finishFlush: FLUSH[coding] } : {}
  try {
    return { body: await DECODERS[coding](body, { maxOutputLength: maxBytes, ...flush }) }
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    return { fault: code === 'ERR_BUFFER_TOO_LARGE' ? 'TOO_LARGE' : 'ENCODING_BROKEN' }
  }
}

/** RFC 1952 section 2.3: its two bytes and the one method that there is. No text begins so. */
function isGzip(body: Buffer): boolean {
  return body[0] === 0x1f && body[1] === 0x8b && body[2] === 8
}

/** RFC 1950 section 2.2. */
function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body
  return body.length > 2 && (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}

/** A text. What is compressed has control characters before long, and is no UTF-8. */
function isPlain(body: Buffer): boolean {
  const begins = /^\s*[[{"<]/.test(body.toString('latin1', 0, 64))

  return (begins || isUtf8(body)) && !/[\0-\x08\x0e-\x1f]/.test(body.toString('latin1'))
}

export type Received = { readonly text: string } | { readonly fault: string }

/**
 * The text of a body that was cut off or kept, as it came: what there is of it is unpacked by
 * `Content-Encoding` and decoded by the charset of its media type, UTF-8 where none is declared, without a
 * byte order mark. What is no such text has U+FFFD in it.
 */
export async function decodeReceived(
  received: Uint8Array,
  headers: HeaderLines,
  maxBytes: number,
): Promise<Received> {
  const bytes = Buffer.from(received.buffer, received.byteOffset, received.byteLength)
  const codings = headerLines(headers, 'content-encoding')
  const decoded = await decodeBody(bytes, codings, { maxBytes, unpack: true, cut: true })
  if ('fault' in decoded) return decoded
  const read = readText(decoded.body, firstHeader(headers, 'content-type'))
  return 'text' in read ? read : { text: decoded.body.toString('utf8') }
}
