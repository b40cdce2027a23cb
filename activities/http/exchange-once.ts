import { setMaxListeners } from 'node:events'
import type { Exchange, ExchangeOnce } from '../../src/auth/exchange.js'
import { readText } from '../../src/wire/body-text.js'
import { firstHeader, headerLines } from '../../src/wire/header-lines.js'
import { decodeReceived } from './decode-received.js'
import type { NetworkPolicy } from './network-policy.js'
import { sendRequest } from './send-request.js'
import { createUpstreamAgent } from './upstream-agent.js'

export interface ExchangeOptions {
  /** What may be dialled. */
  readonly network: NetworkPolicy
  /** Default 10,000. */
  readonly connectTimeoutMs?: number
  /** From the start to the last byte. Default 20,000. */
  readonly totalTimeoutMs?: number
  /** Of the answer, before and after decompression. Default 1 MiB. */
  readonly maxBytes?: number
  readonly now?: () => number
}

/** Single exchanges: redirects are answers, nothing is sent twice, sizes and times are limited. */
export function createExchangeOnce(options: ExchangeOptions): ExchangeOnce {
  const { connectTimeoutMs = 10_000, totalTimeoutMs = 20_000, maxBytes = 1_048_576 } = options
  const now = options.now ?? Date.now
  const agent = createUpstreamAgent({
    connectTimeoutMs,
    keepAlive: false,
    network: options.network,
  })
  return async ({ url, timeoutMs = totalTimeoutMs, ...rest }) => {
    const sentAtMs = now()
    if (!URL.canParse(url)) {
      const nothing = { sent: false, headers: {}, text: '' }
      return { ...nothing, sentAtMs, answeredAtMs: now(), fault: 'ERR_INVALID_URL' }
    }
    const request = { ...rest, url: new URL(url), headers: { ...rest.headers } }
    const limits = { maxBytes, timeoutMs, signal: NEVER }
    const sending = await sendRequest(agent, request, limits)
    const { headers = {}, status } = sending
    const times = { sentAtMs, answeredAtMs: now() }
    const head = { headers, ...(status === undefined ? {} : { status, cookies: cookies(headers) }) }
    if (!sending.answered) {
      const { sent, fault, received } = sending
      if (received === undefined) return { ...times, ...head, sent, fault, text: '' }
      // What came of a grant before the end of it was lost.
      const read = await decodeReceived(received, headers, maxBytes)
      return { ...times, ...head, sent, fault, received, text: 'text' in read ? read.text : '' }
    }
    const { received, body } = sending
    return { ...times, ...head, sent: true, received, ...textOf(body, headers) }
  }
}

/** Of all exchanges at once: Node warns of more than ten that listen. */
const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)

function cookies(headers: Exchange['headers']): readonly string[] {
  return headerLines(headers, 'set-cookie')
}

/** A grant must not be lost for a name in a wrong charset beside it. */
function textOf(body: Buffer, headers: Exchange['headers']): Pick<Exchange, 'text' | 'garbled'> {
  const type = firstHeader(headers, 'content-type')
  const read = readText(body, type)
  return 'text' in read ? read : { text: body.toString('utf8'), garbled: true }
}
