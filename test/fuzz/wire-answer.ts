import { oddCharset, plainText, readingsOf } from './charsets.js'
import type { Dice } from './dice.js'
import { bodyless, framing } from './framing.js'
import { brokenHeader, oddHeader } from './header-lines.js'
import { packing } from './packing.js'

/** When bytes leave, and how the connection ends. */
export type Timing =
  | 'whole'
  | 'in-parts'
  | 'reset-before'
  | 'reset-within'
  | 'end-within'
  | 'stall-before'
  | 'stall-within'

/** One answer, as it goes over the wire. */
export interface WireAnswer {
  readonly status: number
  /** What the server means. */
  readonly text: string
  readonly head: Buffer
  readonly body: Buffer
  readonly timing: Timing
  /** For what ends or stalls within: how much of head and body leaves, from 0 to 1. */
  readonly share: number
  /** The connection is closed behind it. */
  readonly closes: boolean
  /**
   * Every text that a client may rightly read in the body: what is meant, or what its bytes say by what is
   * declared. Where the bytes are packed, what is meant alone.
   */
  readonly readings: readonly string[]
  /** What arrives, unpacked, though bytes in it may say nothing: U+FFFD stands in their place. */
  readonly anyhow: string
  /** Status 200, and nothing about it keeps a tolerant client from reading what is meant. */
  readonly isClean: boolean
  /** The head can be read, and the body has left as it is. */
  readonly isWhole: boolean
}

export interface AnswerOptions {
  readonly text: string
  /** How many answers of the hostile kind are good in all but the body. Default 0.4. */
  readonly plain?: number
  /** Statuses to choose from, beside those of every answer. */
  readonly statuses?: readonly [number, ...number[]]
}

/** Where a client waits a moment for each, a few are enough. */
const STALLS = 0.015

export function wireAnswer(
  dice: Dice,
  { text, plain = 0.4, statuses = [200] }: AnswerOptions,
): WireAnswer {
  const isPlain = dice.chance(plain)
  const odd = (probability: number): boolean => !isPlain && dice.chance(probability)
  const status = odd(0.45) ? oddStatus(dice) : dice.pick(statuses)
  const { bytes, type, readings } = odd(0.3) ? oddCharset(dice, text) : plainText(dice, text)
  const packed = dice.chance(0.3)
    ? packing(dice, bytes, odd(0.4))
    : { bytes, lines: [], isPacked: false, isRight: true }
  // HTTP knows no body there: a long one would be read as the answer to whatever is asked next.
  const hasNoBody = status < 200 || status === 204 || status === 304
  const framed = hasNoBody
    ? bodyless(packed.bytes.subarray(0, 200))
    : framing(dice, packed.bytes, odd(0.2))
  const lines = [...type, ...packed.lines, ...framed.lines]
  for (let more = dice.number(isPlain ? 3 : 6); more > 0; more -= 1)
    lines.splice(dice.number(lines.length + 1), 0, oddHeader(dice))
  const isBroken = odd(0.06)
  if (isBroken) lines.splice(dice.number(lines.length + 1), 0, brokenHeader(dice))
  const isOddStart = odd(0.03)
  const start = isOddStart
    ? dice.pick([
        'HTTP/1.0 200 OK',
        'HTTP/2.0 200 OK',
        'ICY 200 OK',
        'HTTP/1.1 20 OK',
        'HTTP/1.1  200',
        '200 OK',
        '',
        'HTTP/1.1 2000 OK',
      ])
    : `HTTP/1.1 ${String(status)}${dice.pick([' X', ' ', '', ' caf\u00e9'])}`
  const informational = odd(0.05)
    ? dice.pick([
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n',
        'HTTP/1.1 102 X\r\n\r\n'.repeat(20),
      ])
    : ''
  const head = Buffer.from(`${informational}${start}\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const usual = hasNoBody ? 'whole' : dice.pick(['whole', 'whole', 'in-parts'] as const)
  const timing = odd(0.15) ? oddTiming(dice) : usual
  const isInTime = timing === 'whole' || timing === 'in-parts'
  const isWhole =
    !isBroken &&
    !isOddStart &&
    framed.isRight &&
    isInTime &&
    head.length < 15_000 &&
    informational === '' &&
    status >= 200
  const said = packed.isPacked ? bytes : (framed.seen ?? bytes)
  return {
    status: isOddStart ? Number(/^HTTP\/[12].[01] {1,2}(200)\b/.exec(start)?.[1] ?? 0) : status,
    text,
    head,
    body: framed.body,
    timing,
    share: dice.number(100) / 100,
    closes: framed.closes || !isWhole,
    readings: [
      ...new Set([
        ...readings,
        ...readingsOf(said, type),
        // Packed bytes that are cut may be a text themselves: none is an empty body, and deflate can begin with '3'.
        ...(packed.isPacked && !packed.isRight ? readingsOf(packed.bytes, type) : []),
      ]),
    ],
    anyhow: said.toString('utf8'),
    isClean: isWhole && status === 200 && readings.length > 0 && packed.isRight,
    isWhole,
  }
}

function oddStatus(dice: Dice): number {
  return dice.one(
    () => dice.pick([201, 202, 203, 204, 205, 206, 207, 208, 226, 299]),
    () => dice.pick([300, 301, 302, 303, 304, 305, 307, 308, 399]),
    () =>
      dice.pick([
        400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 413, 418, 422, 425, 429, 431, 451,
        499,
      ]),
    () => dice.pick([429, 429, 503, 401, 400]),
    () => dice.pick([500, 501, 502, 503, 504, 505, 507, 511, 520, 522, 529, 599]),
    () => dice.pick([600, 777, 999, 100, 101, 102, 103, 199]),
  )
}

function oddTiming(dice: Dice): Timing {
  if (dice.chance(STALLS * 6)) return dice.pick(['stall-before', 'stall-within'])
  return dice.pick(['reset-before', 'reset-within', 'end-within'])
}
