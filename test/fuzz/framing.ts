import type { Dice } from './dice.js'

/** How the end of a body is told, rightly or not. */
export interface Framing {
  readonly body: Buffer
  readonly lines: readonly string[]
  readonly closes: boolean
  readonly isRight: boolean
  /** What a client sees of the bytes, where that is not all of them. */
  readonly seen?: Buffer
}

export function framing(dice: Dice, bytes: Buffer, isOdd: boolean): Framing {
  const length = (count: number | string): string => `Content-Length: ${String(count)}`
  if (!isOdd)
    return dice.one<Framing>(
      () => ({ body: bytes, lines: [length(bytes.length)], closes: false, isRight: true }),
      () => ({
        body: chunked(dice, bytes),
        lines: ['Transfer-Encoding: chunked'],
        closes: false,
        isRight: true,
      }),
      () => ({ body: bytes, lines: ['Connection: close'], closes: true, isRight: true }),
    )
  const wrong = { closes: true, isRight: false }
  const chunks = chunked(dice, bytes)
  const shorter = dice.number(bytes.length + 1)
  return dice.one<Framing>(
    () => ({ ...wrong, body: bytes, lines: [length(bytes.length + 1 + dice.number(1000))] }),
    () => ({
      ...wrong,
      body: bytes,
      lines: [length(shorter), 'Connection: close'],
      seen: bytes.subarray(0, shorter),
    }),
    () => ({ ...wrong, body: bytes, lines: [length(bytes.length), length(bytes.length)] }),
    () => ({ ...wrong, body: bytes, lines: [length(bytes.length), length(bytes.length + 1)] }),
    () => ({ ...wrong, body: chunks, lines: ['Transfer-Encoding: chunked', length(bytes.length)] }),
    () => ({ ...wrong, body: bytes, lines: ['Transfer-Encoding: chunked'] }),
    () => ({ ...wrong, body: chunks.subarray(0, -5), lines: ['Transfer-Encoding: chunked'] }),
    () => ({
      ...wrong,
      body: bytes.subarray(0, shorter),
      lines: [],
      seen: bytes.subarray(0, shorter),
    }),
    () => ({
      ...wrong,
      body: Buffer.concat([bytes, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')]),
      lines: [length(bytes.length), 'Connection: close'],
    }),
  )
}

export function bodyless(body: Buffer): Framing {
  const lines = [`Content-Length: ${String(body.length)}`, 'Connection: close']
  return { body, lines, closes: true, isRight: true, seen: Buffer.alloc(0) }
}

function chunked(dice: Dice, bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const size = Math.min(bytes.length - at, 1 + dice.number(Math.max(10, bytes.length)))
    const extension = dice.pick(['', '', ';a=b', ';x="y"'])
    parts.push(
      Buffer.from(`${size.toString(16)}${extension}\r\n`),
      bytes.subarray(at, at + size),
      Buffer.from('\r\n'),
    )
    at += size
  }
  return Buffer.concat([...parts, Buffer.from(`0\r\n${dice.pick(['', '', 'X-End: 1\r\n'])}\r\n`)])
}
