import { DecoratorHandler, type Dispatcher, request } from 'undici'
import type { Exchange, ExchangeOnce } from '../../src/auth/exchange.js'
import { decodeReceived } from './decode-received.js'
import type { NetworkPolicy } from './network-policy.js'
import { createUpstreamAgent } from './upstream-agent.js'

export interface ExchangeOptions {
  /** What may be dialled. */
  readonly network: NetworkPolicy
  /** Default 10,000. */
  readonly connectTimeoutMs?: number
  /** From the start to the last byte. Default 20,000. */
  readonly totalTimeoutMs?: number
  /** Of the answer, after decompression. Default 1 MiB. */
  readonly maxBytes?: number
  readonly now?: () => number
}

/** Single exchanges over undici: redirects are answers, nothing is sent twice, sizes and times are limited. */
export function createExchangeOnce(options: ExchangeOptions): ExchangeOnce {
  const { connectTimeoutMs = 10_000, totalTimeoutMs = 20_000, maxBytes = 1_048_576 } = options
  const now = options.now ?? Date.now
  const agent = createUpstreamAgent({
    connectTimeoutMs,
    keepAlive: false,
    network: options.network,
  })
  return async ({ url, timeoutMs = totalTimeoutMs, ...rest }) => {
    const progress: Progress = { sent: false, headers: {} }
    const chunks: Buffer[] = []
    const sentAtMs = now()
    const end = (broken?: string): Exchange => {
      const answeredAtMs = now()
      const received = Buffer.concat(chunks)
      const read = decodeReceived(received, progress.headers, maxBytes)
      const fault = broken ?? ('fault' in read ? read.fault : undefined)
      return {
        ...progress,
        sentAtMs,
        answeredAtMs,
        text: 'text' in read ? read.text : '',
        ...(progress.status === undefined ? {} : { received }),
        ...(fault === undefined ? {} : { fault }),
      }
    }
    try {
      const answer = await request(url, {
        ...rest,
        method: rest.method,
        dispatcher: agent.compose(markSent(progress)),
        signal: AbortSignal.timeout(timeoutMs),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      progress.status = answer.statusCode
      progress.headers = flatHeaders(answer.headers)
      progress.cookies = [answer.headers['set-cookie'] ?? []].flat()
      await readBounded(answer.body, maxBytes, chunks)
      return end()
    } catch (error) {
      return end(faultCode(error))
    }
  }
}

interface Progress {
  sent: boolean
  status?: number
  headers: Record<string, string>
  cookies?: readonly string[]
}

/** The request starts only on a connection that stands, TLS included: before that nothing was sent. */
function markSent(progress: Progress): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const marked: Dispatcher.DispatchHandler = new DecoratorHandler(handler)
    const start = marked.onRequestStart?.bind(marked)
    marked.onRequestStart = (controller, context) => {
      progress.sent = true
      start?.(controller, context)
    }
    return dispatch(options, marked)
  }
}

function flatHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  )
}

class TooLarge extends Error {
  readonly code = 'TOO_LARGE'
}

/** What has come stays in `chunks` where the rest does not. */
async function readBounded(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
  chunks: Buffer[],
): Promise<void> {
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > maxBytes) throw new TooLarge()
    chunks.push(chunk)
  }
}

/** Codes of Node and undici are a closed form; messages may repeat URLs and headers. */
function faultCode(error: unknown): string {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
  if (name === 'TimeoutError') return 'TIMEOUT'
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'NETWORK'
}
