import type { Dispatcher } from 'undici'
import type { Exchange, ExchangeOnce } from '../../src/auth/kind/exchange.js'
import { readText } from '../../src/wire/body-text.js'
import { firstHeader, headerLines } from '../../src/wire/header-lines.js'
import { methodOf, type Tracing } from '../../src/contract/tracing.js'
import { decodeReceived } from './decode-body.js'
import type { NetworkPolicy } from './network-policy.js'
import { NEVER_ABORTED, sendRequest } from './send-request.js'
import { createUpstreamAgent } from './upstream-agents.js'

interface ExchangeLimits {
  /** From the start to the last byte. Default 20,000. */
  readonly totalTimeoutMs?: number | undefined
  /** The longest answer, before and after decompression. Default 1 MiB. */
  readonly maxBytes?: number | undefined
  readonly now?: (() => number) | undefined
}

export interface ExchangeOptions extends ExchangeLimits {
  /** What may be dialled. */
  readonly network: NetworkPolicy
  /** Default 10,000. */
  readonly connectTimeoutMs?: number | undefined
}

/** Single exchanges over connections of their own, to what a policy allows. */
export function createExchangeOnce(options: ExchangeOptions): ExchangeOnce {
  const { network, connectTimeoutMs } = options
  return exchangeOver(createUpstreamAgent({ network, connectTimeoutMs, keepAlive: false }), options)
}

/**
 * Single exchanges by the one way to send: redirects are answers, nothing is sent twice, sizes and times
 * are limited.
 * @param agent that keeps no connections: nobody knows what was received on one that is closed just then
 */
export function exchangeOver(agent: Dispatcher, limits: ExchangeLimits = {}): ExchangeOnce {
  const { totalTimeoutMs = 20_000, maxBytes = 1_048_576, now = Date.now } = limits
  return async ({ url, timeoutMs = totalTimeoutMs, ...rest }) => {
    const sentAtMs = now()
    if (!URL.canParse(url)) {
      const nothing = { sent: false, headers: {}, text: '' }
      return { ...nothing, sentAtMs, answeredAtMs: now(), fault: 'ERR_INVALID_URL' }
    }
    const request = { ...rest, url: new URL(url), headers: { ...rest.headers } }
    const sending = await sendRequest(agent, request, {
      maxBytes,
      timeoutMs,
      signal: NEVER_ABORTED,
    })
    const { headers = {}, status } = sending
    const times = { sentAtMs, answeredAtMs: now() }
    const head = { headers, status, cookies: status === undefined ? undefined : cookies(headers) }
    if (sending.outcome === 'failed') {
      const { sent, fault, received } = sending
      if (received === undefined) return { ...times, ...head, sent, fault, text: '' }
      // What came of a grant before the end of it was lost.
      const read = await decodeReceived(received, headers, maxBytes)
      return { ...times, ...head, sent, fault, received, text: 'text' in read ? read.text : '' }
    }
    const { received, body } = sending
    return { ...times, ...head, sent: true, received, ...textOfBody(body, headers) }
  }
}

function cookies(headers: Exchange['headers']): readonly string[] {
  return headerLines(headers, 'set-cookie')
}

/** A grant must not be lost for a name in a wrong charset beside it. */
function textOfBody(
  body: Buffer,
  headers: Exchange['headers'],
): Pick<Exchange, 'text' | 'garbled'> {
  const type = firstHeader(headers, 'content-type')
  const read = readText(body, type)
  return 'text' in read ? read : { text: body.toString('utf8'), garbled: true }
}

/** Exchanges, each in a span. It never names the URL: steps of a login have values in it. */
export function tracedExchange(
  exchangeOnce: ExchangeOnce,
  tracing: Tracing,
  connection: string,
): ExchangeOnce {
  return (request) => {
    const attributes = {
      'tokenkeeper.connection': connection,
      'http.request.method': methodOf(request.method),
    }
    return tracing.inSpan('tokenkeeper.token.exchange', attributes, async (span) => {
      const exchange = await exchangeOnce(request)
      const { status, fault } = exchange
      span.set({ 'http.response.status_code': status })
      const failed = fault ?? (status !== undefined && status >= 400 ? status : undefined)
      if (failed !== undefined) span.fail(failed)
      return exchange
    })
  }
}
