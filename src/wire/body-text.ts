import { isUtf8 } from 'node:buffer'

/** The text of a body, or why it is none. */
export type BodyText =
  | { readonly text: string }
  | { readonly problem: 'not-utf-8' | 'not-its-charset' | 'unknown-charset' }

/**
 * Reads a body as its `Content-Type` declares it (labels of the WHATWG Encoding Standard), as UTF-8
 * without a declaration. A byte order mark counts more, and so does UTF-8 where the declaration is
 * plainly wrong. A byte that stands for nothing is never replaced in silence: then the body has no text.
 */
export function readText(body: Uint8Array, contentType?: string): BodyText {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const utf16 = utf16Of(bytes)
  if (utf16 !== undefined) return decodeBytes(bytes, utf16) ?? { problem: 'not-its-charset' }
  const declared = declaredCharset(contentType)
  if (declared === undefined || declared === 'utf-8')
    return isUtf8(bytes) ? { text: utf8Text(bytes) } : { problem: 'not-utf-8' }
  if (isUtf8(bytes) && (declared === 'unknown' || isPlainlyUtf8(bytes, declared)))
    return { text: utf8Text(bytes) }
  if (declared === 'unknown') return { problem: 'unknown-charset' }
  return (
    decodeBytes(bytes, declared) ??
    (isUtf8(bytes) ? { text: utf8Text(bytes) } : { problem: 'not-its-charset' })
  )
}

/**
 * The text of a body whatever its bytes are: for what looks for plain words in it (rules, a page of
 * HTML) or must not lose the rest. What does not fit is read byte by byte as Latin-1.
 */
export function readTextAnyhow(body: Uint8Array, contentType?: string): string {
  const read = readText(body, contentType)
  if ('text' in read) return read.text
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
}

function utf8Text(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** Tells the charset by the byte order mark, or by the zero beside the first character, which is one of ASCII in JSON. */
function utf16Of(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be'
  return undefined
}

/** The name of an encoding, in lower case. */
function declaredCharset(contentType = ''): string | undefined {
  const label = /;\s*charset\s*=\s*["']?([^"';,\s]+)/i.exec(contentType)?.[1]
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label).encoding
  } catch {
    return 'unknown'
  }
}

function decodeBytes(bytes: Buffer, charset: string): { readonly text: string } | undefined {
  if (charset === 'windows-1252') return { text: windows1252(bytes) }
  try {
    return { text: new TextDecoder(charset, { fatal: true }).decode(bytes) }
  } catch {
    return undefined
  }
}

/** 0x80 to 0x9F of windows-1252, which is what the labels of Latin-1 mean; Node 20 reads them as Latin-1 does. */
const C1 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

function windows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (one) => C1[one.charCodeAt(0) - 0x80] ?? '')
}

const OF_SEVERAL_BYTES = /^(?:gbk|gb18030|big5|euc-jp|euc-kr|shift_jis|iso-2022-jp)$/
/** So many characters of two bytes are no coincidence. */
const ENOUGH = 4

/**
 * Whether bytes that are valid UTF-8 can hardly be what is declared: one character of several bytes is
 * nonsense in a charset of one byte each. In Chinese, Japanese or Korean charsets two bytes may be a
 * character of both; three hardly.
 * @param bytes are valid UTF-8
 */
function isPlainlyUtf8(bytes: Buffer, charset: string): boolean {
  if (charset.startsWith('utf-16')) return true
  const wide = bytes.toString('utf8').match(/[^\0-\x7f]/gu) ?? []
  if (!OF_SEVERAL_BYTES.test(charset)) return wide.length > 0
  return wide.length >= ENOUGH || wide.some((one) => one > '\u07ff')
}
