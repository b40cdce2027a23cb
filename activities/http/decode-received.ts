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
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
): Received {
  let bytes: Uint8Array = received
  const encodings = (headers['content-encoding'] ?? '').toLowerCase().split(',').reverse()
  for (const encoding of encodings) {
    const unpacked = unpack(bytes, encoding.trim().replace(/^x-/, ''), maxBytes)
    if (typeof unpacked === 'string') return { fault: unpacked }
    bytes = unpacked
  }
  return { text: decoderOf(bytes, headers['content-type'] ?? '').decode(bytes) }
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

function decoderOf(bytes: Uint8Array, type: string): InstanceType<typeof TextDecoder> {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be')
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
