import type { Dice } from './dice.js'
import { mediaType } from './header-lines.js'

/** A text as bytes, and how they are declared. */
export interface Charset {
  readonly bytes: Buffer
  readonly type: readonly string[]
  /** Empty: there is no right way to read it. */
  readonly readings: readonly string[]
}

export function plainText(dice: Dice, text: string): Charset {
  const type = mediaType(dice)
  const charset = dice.pick(['', '', '; charset=utf-8', ';charset="UTF-8"', '; Charset=utf8'])
  const mark = dice.chance(0.05) ? '\uFEFF' : ''
  // A text that can't be written as UTF-8 is not what arrives.
  const bytes = Buffer.from(mark + text, 'utf8')
  return {
    bytes,
    type: dice.chance(0.1) ? [] : [`Content-Type: ${type}${charset}`],
    readings: [text],
  }
}

export function oddCharset(dice: Dice, text: string): Charset {
  const utf8 = Buffer.from(text, 'utf8')
  const typed = (charset: string): readonly string[] => [
    `Content-Type: application/json; charset=${charset}`,
  ]
  const begins = /^[\s]*[[{"\w-]/.test(text)
  return dice.one<Charset>(
    () => ({
      bytes: Buffer.from(`\uFEFF${text}`, 'utf16le'),
      type: dice.chance(0.5) ? [] : typed('utf-16'),
      readings: [text],
    }),
    () => ({
      bytes: Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
      type: dice.chance(0.5) ? [] : typed('utf-8'),
      readings: [text],
    }),
    () => ({
      bytes: Buffer.from(text, 'utf16le'),
      type: typed('utf-16le'),
      readings: begins ? [text] : [],
    }),
    () => ({
      bytes: Buffer.from(text, 'latin1'),
      type: typed(dice.pick(['iso-8859-1', 'latin1', 'windows-1252'])),
      readings: /^[\0-\x7f\xa0-\xff]*$/.test(text) ? [text] : [],
    }),
    () => ({ bytes: Buffer.from(text, 'latin1'), type: typed('utf-8'), readings: [] }),
    () => ({
      bytes: utf8,
      type: typed(dice.pick(['iso-8859-1', 'us-ascii', 'windows-1252'])),
      readings: [text],
    }),
    () => ({
      bytes: utf8,
      type: typed(dice.pick(['none', 'binary', 'x', '"', "'utf-8'", 'utf-8; charset=latin1'])),
      readings: [text],
    }),
    () => ({
      bytes: utf8,
      type: typed(dice.pick(['gbk', 'shift_jis', 'euc-kr', 'big5'])),
      readings: [],
    }),
    () => ({
      bytes: broken(dice, utf8),
      type: dice.chance(0.5) ? [] : typed('utf-8'),
      readings: [],
    }),
    () => ({
      bytes: utf8,
      type: [...typed('utf-8'), 'Content-Type: text/html; charset=latin1'],
      readings: [text],
    }),
  )
}

/** Bytes that are no UTF-8, inside. */
export function broken(dice: Dice, bytes: Buffer): Buffer {
  const at = dice.number(bytes.length + 1)
  const odd = Buffer.from(
    dice.pick<readonly number[]>([
      [0xff],
      [0xc3],
      [0x80],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
      [0xf5, 0x80, 0x80, 0x80],
    ]),
  )
  return Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)])
}

/** What the bytes say by themselves and by what is declared. */
export function readingsOf(bytes: Buffer, type: readonly string[]): string[] {
  const declared = type.flatMap((line) => /charset=["']?([\w-]+)/i.exec(line)?.[1] ?? [])
  return ['utf-8', ...declared].flatMap((charset) => {
    try {
      const decoder = new TextDecoder(charset, { fatal: true })
      if (decoder.encoding === 'windows-1252') return [windows1252(bytes)]
      return [decoder.decode(bytes)]
    } catch {
      return []
    }
  })
}

/** 0x80 to 0x9F by the WHATWG Encoding Standard: Node 20 reads them as Latin-1 does. */
const C1 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

function windows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (one) => C1.charAt(one.charCodeAt(0) - 0x80))
}
