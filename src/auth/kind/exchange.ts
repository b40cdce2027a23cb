import type { HeaderLines } from '../../wire/header-lines.js'

/** What came of one request, before anybody has judged it. */
export interface Exchange {
  readonly sentAtMs: number
  readonly answeredAtMs: number
  /** Whether anything can have left for the server. */
  readonly sent: boolean
  /** Why no whole answer was read (`ECONNRESET`, `TIMEOUT`, `TOO_LARGE` ...); absent: it was. */
  readonly fault?: string | undefined
  readonly status?: number | undefined
  /** Empty where no answer came. */
  readonly headers: HeaderLines
  /** Each `Set-Cookie` header of the answer. */
  readonly cookies?: readonly string[] | undefined
  readonly text: string
  /** The body as it came, before it was decoded; the first part of a long one. Absent: none came. */
  readonly received?: Uint8Array | undefined
  /** The bytes did not fit their charset: `text` has U+FFFD in their place. */
  readonly garbled?: boolean | undefined
}

export interface ExchangeRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** From the start to the last byte, where it is to be shorter than usual. */
  readonly timeoutMs?: number | undefined
}

/** Sends one request, once. Never throws: what went wrong is in the exchange. */
export type ExchangeOnce = (request: ExchangeRequest) => Promise<Exchange>
