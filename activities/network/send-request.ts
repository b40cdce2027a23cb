import { firstHeader, headerLines, type HeaderLines } from '../../src/wire/header-lines.js'
import type { Dispatcher } from 'undici'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { isHostName } from '../../src/definition/hosts.js'
import { faultCode } from '../../src/wire/network-faults.js'
import { ADDRESS_REFUSED } from './network-policy.js'
import type { AbortListeners } from './abort-listeners.js'
import { decodeBody, type Decoded } from './decode-body.js'

/** What came of one request, before anybody has judged it. */
export type Sending =
  | {
      readonly outcome: 'answered'
      readonly status: number
      readonly headers: HeaderLines
      readonly body: Buffer
      /** The body as it came, before it was decoded. */
      readonly received: Buffer
    }
  | {
      readonly outcome: 'failed'
      /**
       * `TIMEOUT`, `ABORTED`, `TOO_LARGE`, `ENCODING_BROKEN`, `ENCODING_UNKNOWN`, `ADDRESS_REFUSED`, or a
       * code of Node or undici, behind `PROXY_` or `TUNNEL_` where a proxy has part in it: never free text.
       */
      readonly fault: string
      /** Whether anything can have left for the server. */
      readonly sent: boolean
      /** Where the head of an answer came. */
      readonly status?: number | undefined
      readonly headers?: HeaderLines | undefined
      /** What had come of its body. */
      readonly received?: Buffer | undefined
    }

export interface SendLimits {
  /** The longest answer, before and after decompression. */
  readonly maxBytes: number
  /** From here to the last byte. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** For a signal that many requests listen to. Default: a listener of its own. */
  readonly listeners?: AbortListeners | undefined
  /**
   * Is called with the head of an answer that is not read to its end: it may report a limit. After an abort the
   * head of a request that has left is waited for in the background, for a while.
   */
  readonly onCutOff?: ((status: number, headers: HeaderLines) => void) | undefined
  /** Also what is gzip by its first bytes alone. Default true. */
  readonly unpack?: boolean | undefined
}

/** For requests that nothing may cut off: nobody listens to it. */
export const NEVER_ABORTED: AbortSignal = new AbortController().signal

/** How long after an abort the head of an answer is waited for. */
const LATE_HEAD_MS = 5000

/**
 * Sends one request, once: redirects are answers, size and time are limited while the answer streams
 * in. Never throws, and never rejects: it always resolves. A handler of undici's own instead of its `request()`, because only that knows
 * whether the request has left.
 */
export function sendRequest(
  dispatcher: Dispatcher,
  { method, url, headers, body }: OutgoingRequest,
  { maxBytes, timeoutMs, signal, listeners, onCutOff, unpack = true }: SendLimits,
): Promise<Sending> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let sent = false
    let status = 0
    let answer: HeaderLines = {}
    let size = 0
    const chunks: Buffer[] = []

    const end = (sending: Sending): void => {
      clearTimeout(timer)
      if (listeners === undefined) signal.removeEventListener('abort', abort)
      else listeners.remove(signal, abort)
      resolve(sending)
    }
    let isReported = false
    const reportCutOff = (): void => {
      if (isReported || status === 0) return
      isReported = true
      onCutOff?.(status, answer)
    }
    const fail = (fault: string): void => {
      reportCutOff()
      const nothing = { outcome: 'failed', fault, sent } as const
      if (status === 0) end(nothing)
      else end({ ...nothing, status, headers: answer, received: Buffer.concat(chunks) })
    }
    const stop = (fault: string): void => {
      fail(fault)
      stopped = true
      controller?.abort(new Error(fault))
    }
    let stopped = false
    const abort = (): void => {
      if (onCutOff === undefined || !sent || status !== 0) {
        stop('ABORTED')
        return
      }
      stopped = true
      fail('ABORTED')
      late = setTimeout(() => controller?.abort(new Error('ABORTED')), LATE_HEAD_MS)
      late.unref()
    }
    let late: NodeJS.Timeout | undefined
    const timer = setTimeout(stop, timeoutMs, 'TIMEOUT')
    if (!isHostName(url.hostname)) {
      fail(ADDRESS_REFUSED)
      return
    }
    if (signal.aborted) {
      abort()
      return
    }
    if (signal !== NEVER_ABORTED) {
      if (listeners === undefined) signal.addEventListener('abort', abort, { once: true })
      else listeners.add(signal, abort)
    }

    const handler: Dispatcher.DispatchHandler = {
      // Called when the connection stands, TLS included, and the request is about to be written.
      onRequestStart: (started) => {
        controller = started
        if (stopped) started.abort(new Error('stopped'))
        else sent = true
      },
      onResponseStart: (started, statusCode, answerHeaders) => {
        controller = started
        if (statusCode < 200) return
        status = statusCode
        answer = answerHeaders
        if (stopped) {
          clearTimeout(late)
          reportCutOff()
          started.abort(new Error('ABORTED'))
          return
        }
        const announced =
          method === 'HEAD' ? 0 : Number(firstHeader(answerHeaders, 'content-length') ?? 0)
        if (announced > maxBytes) stop('TOO_LARGE')
      },
      onResponseData: (_controller, chunk) => {
        size += chunk.length
        if (size > maxBytes) stop('TOO_LARGE')
        else chunks.push(chunk)
      },
      onResponseEnd: () => {
        const whole =
          chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
        const settle = (decoded: Decoded): void => {
          if ('fault' in decoded) fail(decoded.fault)
          else
            end({
              outcome: 'answered',
              status,
              headers: answer,
              body: decoded.body,
              received: whole,
            })
        }
        const encodings = headerLines(answer, 'content-encoding')
        const decoded = decodeBody(whole, encodings, { maxBytes, unpack })
        if (!(decoded instanceof Promise)) settle(decoded)
        else decoded.then(settle, () => fail('ENCODING_BROKEN'))
      },
      onResponseError: (_controller, error) => {
        fail(faultCode(error))
      },
    }
    try {
      dispatcher.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: method,
          headers,
          body: body ?? null,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        handler,
      )
    } catch (error) {
      fail(faultCode(error))
    }
  })
}
