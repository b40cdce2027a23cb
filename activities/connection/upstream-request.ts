import { type BodyText, readText } from '../../src/wire/body-text.js'
import { firstHeader, type HeaderLines } from '../../src/wire/header-lines.js'
import type { Connector } from '../../src/connectors/connector.js'
import type { AnswerMeaning, AnswerToRead } from './upstream-answers.js'

export interface UpstreamRequest {
  readonly endpoint: string
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Sending it twice does no harm. */
  readonly repeatable: boolean
  readonly maxBytes: number
  readonly timeoutMs?: number | undefined
}

/** An answer, whatever its status. */
export class UpstreamAnswer {
  #read: BodyText | undefined

  constructor(
    readonly status: number,
    readonly headers: HeaderLines,
    readonly body: Buffer,
    /** Where it came from after redirects, without credential. */
    readonly url: URL,
    /** From the request to the last byte, in milliseconds. */
    readonly tookMs: number,
  ) {}

  /** The body as text, or why it is none. */
  get read(): BodyText {
    this.#read ??= readText(this.body, firstHeader(this.headers, 'content-type'))
    return this.#read
  }

  /** The body as text whatever its bytes are: for rules that look for words in it. */
  get text(): string {
    const { read } = this
    return 'text' in read ? read.text : this.body.toString('latin1')
  }
}

/** An answer as it is read by the rules of its connector. Text and clock are asked only where a rule looks at them. */
export class RuledAnswer implements AnswerToRead {
  readonly #answer: UpstreamAnswer
  readonly #connector: Connector
  readonly #isPastExpiry: () => boolean

  constructor(
    answer: UpstreamAnswer,
    connector: Connector,
    isPastExpiry: () => boolean,
    readonly nowMs: number,
  ) {
    this.#answer = answer
    this.#connector = connector
    this.#isPastExpiry = isPastExpiry
  }

  get pastExpiry(): boolean {
    return this.#isPastExpiry()
  }

  get status(): number {
    return this.#answer.status
  }

  get headers(): UpstreamAnswer['headers'] {
    return this.#answer.headers
  }

  get text(): string {
    return this.#answer.text
  }

  get expired(): Connector['expired'] {
    return this.#connector.expired
  }

  get limits(): Connector['limits'] {
    return this.#connector.limits
  }
}

export interface JudgedAnswer {
  readonly answer: UpstreamAnswer
  readonly meaning: AnswerMeaning
  /** For a signed request that was refused: how far the upstream's clock is from this worker's. */
  readonly offMs?: number | undefined
}
