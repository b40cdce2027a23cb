import { readText } from '../../src/wire/body-text.js'
import { firstHeader, headerText, type HeaderLines } from '../../src/wire/header-lines.js'
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

type Inflate = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer

/** What has come is unpacked, also where the end of it is missing. */
const CUT = { finishFlush: constants.Z_SYNC_FLUSH }
const DECODERS: Readonly<Record<string, readonly Inflate[]>> = {
  gzip: [(bytes, options) => gunzipSync(bytes, { ...options, ...CUT })],
  // RFC 9110 section 8.4.1.2 means the zlib format; there are servers that send the bare one.
  deflate: [
    (bytes, options) => inflateSync(bytes, { ...options, ...CUT }),
    (bytes, options) => inflateRawSync(bytes, { ...options, ...CUT }),
  ],
  br: [
    (bytes, options) =>
      brotliDecompressSync(bytes, {
        ...options,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      }),
  ],
}

export type Received = { readonly text: string } | { readonly fault: 'TOO_LARGE' | 'UNREADABLE' }

/**
 * The text of a body as it came: unpacked by `Content-Encoding`, decoded by the charset of its media
 * type, UTF-8 where none is told, without a byte order mark. What is no such text has U+FFFD in it.
 */
export function decodeReceived(
  received: Uint8Array,
  headers: HeaderLines,
  maxBytes: number,
): Received {
  let bytes: Uint8Array = received
  const encodings = (headerText(headers, 'content-encoding') ?? '')
    .toLowerCase()
    .split(',')
    .reverse()
  for (const encoding of encodings) {
    const unpacked = unpack(bytes, encoding.trim().replace(/^x-/, ''), maxBytes)
    if (typeof unpacked === 'string') return { fault: unpacked }
    bytes = unpacked
  }
  const read = readText(bytes, firstHeader(headers, 'content-type'))
  return 'text' in read ? read : { text: Buffer.from(bytes).toString('utf8') }
}

function unpack(
  bytes: Uint8Array,
  encoding: string,
  maxOutputLength: number,
): Uint8Array | 'TOO_LARGE' | 'UNREADABLE' {
  if (encoding === '' || encoding === 'identity') return bytes
  const decoders = Object.hasOwn(DECODERS, encoding) ? (DECODERS[encoding] ?? []) : []
  for (const decode of decoders)
    try {
      return decode(bytes, { maxOutputLength })
    } catch (error) {
      const { code } = error as { readonly code?: unknown }
      if (code === 'ERR_BUFFER_TOO_LARGE') return 'TOO_LARGE'
    }
  // It was said to be packed and is not.
  return /^\s*[{[]/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))
    ? bytes
    : 'UNREADABLE'
}
