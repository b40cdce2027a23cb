import type { IncomingHttpHeaders } from 'node:http'
import type { AnswerMeaning } from './upstream-answers.js'

export interface UpstreamRequest {
  readonly endpoint: string
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sending it twice does no harm. */
  readonly repeatable: boolean
  readonly maxBytes: number
  readonly timeoutMs?: number | undefined
}

/** An answer, whatever its status. */
export class UpstreamAnswer {
  constructor(
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    readonly body: Buffer,
    /** Where it came from after redirects, without credential. */
    readonly url: URL,
  ) {}

  get text(): string {
    return this.body.toString('utf8')
  }
}

export interface JudgedAnswer {
  readonly answer: UpstreamAnswer
  readonly meaning: AnswerMeaning
  /** Of a signed request that was refused: how far the upstream's clock is from this worker's. */
  readonly offMs?: number | undefined
}
