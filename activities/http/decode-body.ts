import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

/** What {@link decodeBody} can read. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br'

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const

/** Decompresses a body up to a size; `TOO_LARGE` or `UNREADABLE` where that does not work. */
export async function decodeBody(
  body: Buffer,
  encoding: string,
  maxBytes: number,
): Promise<Buffer | 'TOO_LARGE' | 'UNREADABLE'> {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity') return body
  if (!Object.hasOwn(DECODERS, name)) return 'UNREADABLE'
  try {
    return await DECODERS[name as keyof typeof DECODERS](body, { maxOutputLength: maxBytes })
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    return code === 'ERR_BUFFER_TOO_LARGE' ? 'TOO_LARGE' : 'UNREADABLE'
  }
}
