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
  request: OutgoingRequest,
  limits: SendLimits,
): Promise<Sending> {
  return new Promise((resolve) => {
    new RequestUnderWay(request, limits, resolve).start(dispatcher)
  })
}

/** One request from its start to the end of its answer. A class, for it is made for every request: closures take more. */
class RequestUnderWay implements Dispatcher.DispatchHandler {
  readonly #request: OutgoingRequest
  readonly #limits: SendLimits
  readonly #resolve: (sending: Sending) => void
  readonly #timer: NodeJS.Timeout
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #sent = false
  #status = 0
  #headers: HeaderLines = {}
  #size = 0
  #isReported = false
  #isStopped = false
  #late: NodeJS.Timeout | undefined

  constructor(request: OutgoingRequest, limits: SendLimits, resolve: (sending: Sending) => void) {
    this.#request = request
    this.#limits = limits
    this.#resolve = resolve
    this.#timer = setTimeout(this.#stop, limits.timeoutMs, 'TIMEOUT')
  }

  start(dispatcher: Dispatcher): void {
    const { method, url, headers, body } = this.#request
    const { signal, listeners } = this.#limits
    if (!isHostName(url.hostname)) {
      this.#fail(ADDRESS_REFUSED)
      return
    }
    if (signal.aborted) {
      this.#abort()
      return
    }
    if (signal !== NEVER_ABORTED) {
      if (listeners === undefined) signal.addEventListener('abort', this.#abort, { once: true })
      else listeners.add(signal, this.#abort)
    }
    try {
      dispatcher.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method,
          headers,
          body: body ?? null,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        this,
      )
    } catch (error) {
      this.#fail(faultCode(error))
    }
  }

  /** Called when the connection stands, TLS included, and the request is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isStopped) controller.abort(new Error('stopped'))
    else this.#sent = true
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: HeaderLines,
  ): void {
    this.#controller = controller
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    if (this.#isStopped) {
      clearTimeout(this.#late)
      this.#reportCutOff()
      controller.abort(new Error('ABORTED'))
      return
    }
    const isHead = this.#request.method === 'HEAD'
    const announced = isHead ? 0 : Number(firstHeader(headers, 'content-length') ?? 0)
    if (announced > this.#limits.maxBytes) this.#stop('TOO_LARGE')
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#limits.maxBytes) this.#stop('TOO_LARGE')
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const { maxBytes, unpack = true } = this.#limits
    const received = this.#received()
    const encodings = headerLines(this.#headers, 'content-encoding')
    const decoded = decodeBody(received, encodings, { maxBytes, unpack })
    if (decoded instanceof Promise)
      decoded.then(
        (one) => this.#settle(one, received),
        () => this.#fail('ENCODING_BROKEN'),
      )
    else this.#settle(decoded, received)
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(faultCode(error))
  }

  #settle(decoded: Decoded, received: Buffer): void {
    if ('fault' in decoded) this.#fail(decoded.fault)
    else
      this.#end({
        outcome: 'answered',
        status: this.#status,
        headers: this.#headers,
        body: decoded.body,
        received,
      })
  }

  #received(): Buffer {
    const [first] = this.#chunks
    return this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
  }

  readonly #stop = (fault: string): void => {
    this.#fail(fault)
    this.#isStopped = true
    this.#controller?.abort(new Error(fault))
  }

  readonly #abort = (): void => {
    if (this.#limits.onCutOff === undefined || !this.#sent || this.#status !== 0) {
      this.#stop('ABORTED')
      return
    }
    this.#isStopped = true
    this.#fail('ABORTED')
    this.#late = setTimeout(() => this.#controller?.abort(new Error('ABORTED')), LATE_HEAD_MS)
    this.#late.unref()
  }

  #reportCutOff(): void {
    if (this.#isReported || this.#status === 0) return
    this.#isReported = true
    this.#limits.onCutOff?.(this.#status, this.#headers)
  }

  #fail(fault: string): void {
    this.#reportCutOff()
    const nothing = { outcome: 'failed', fault, sent: this.#sent } as const
    if (this.#status === 0) this.#end(nothing)
    else
      this.#end({
        ...nothing,
        status: this.#status,
        headers: this.#headers,
        received: this.#received(),
      })
  }

  #end(sending: Sending): void {
    const { signal, listeners } = this.#limits
    clearTimeout(this.#timer)
    if (listeners === undefined) signal.removeEventListener('abort', this.#abort)
    else listeners.remove(signal, this.#abort)
    this.#resolve(sending)
  }
}
