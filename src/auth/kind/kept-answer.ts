import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Secret } from '../../sealing/secret.js'
import type { Exchange } from './exchange.js'

/** The most that is kept of one body, compressed: token answers are a few KB, and the workflow carries it. */
const MOST_KEPT_BYTES = 16 * 1024
/** A longer body is cut: tokens stand near its beginning, whatever comes behind them. */
const CUT_BYTES = 12 * 1024
/** The longest body that is unpacked again. */
const LONGEST_BYTES = 1024 * 1024
const KEPT_HEADERS = ['content-type', 'content-encoding', 'date'] as const

/** Packs a success answer that can't be read, as it came, for a version or a definition that can read it. */
export function packAnswer(exchange: Exchange): Secret {
  const { status, sentAtMs, answeredAtMs, fault, received } = exchange
  // Without the bytes there is the text that was made of them, which needs no decoding any more.
  const names = received === undefined ? KEPT_HEADERS.slice(2) : KEPT_HEADERS
  const headers = Object.fromEntries(
    names.map((name) => [name, exchange.headers[name]?.slice(0, 200)]),
  )
  const body = pack(received ?? Buffer.from(exchange.text, 'utf8'))
  return new Secret(JSON.stringify({ status, sentAtMs, answeredAtMs, fault, headers, body }))
}

/** The answer with its bytes as `received` and no text yet; undefined for what {@link packAnswer} has not made. */
export function unpackAnswer(kept: Secret): (Exchange & { readonly received: Buffer }) | undefined {
  try {
    const { body, ...rest } = JSON.parse(kept.reveal()) as Pick<
      Exchange,
      'status' | 'sentAtMs' | 'answeredAtMs' | 'headers'
    > & { readonly body: string }
    const received = inflateRawSync(Buffer.from(body, 'base64'), { maxOutputLength: LONGEST_BYTES })
    return { ...rest, sent: true, text: '', received }
  } catch {
    return undefined
  }
}

function pack(body: Uint8Array): string {
  const whole = deflateRawSync(body)
  const kept = whole.length <= MOST_KEPT_BYTES ? whole : deflateRawSync(body.subarray(0, CUT_BYTES))
  return kept.toString('base64')
}
