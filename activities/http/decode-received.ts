import { readText } from '../../src/wire/body-text.js'
import { firstHeader, headerLines, type HeaderLines } from '../../src/wire/header-lines.js'
import { decodeBody } from './decode-body.js'

export type Received = { readonly text: string } | { readonly fault: string }

/**
 * The text of a body that was cut off or kept, as it came: what there is of it is unpacked by
 * `Content-Encoding` and decoded by the charset of its media type, UTF-8 where none is told, without a
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
