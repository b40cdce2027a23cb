import { readText } from '../../src/wire/body-text.js'
import { firstHeader, headerLines, type HeaderLines } from '../../src/wire/header-lines.js'
import { JsonProblem, parseJson } from '../../src/wire/json.js'
import { Blob } from 'node:buffer'
import { type FormData, Headers, Response } from 'undici'

const NO_BODY = new Set([204, 205, 304])
/** The body is decompressed by now. */
const OF_THE_TRANSFER = new Set(['content-encoding', 'content-length', 'transfer-encoding'])

// undici's types declare the members of a Response as properties, which a class can't override.
const PlainResponse = Response as unknown as new (
  body: null,
  init: { readonly status: number },
) => Pick<Response, 'status'>

/** Makes a `Response` of a body that is in memory already. */
export function createBufferedResponse(
  status: number,
  headers: HeaderLines,
  content: Buffer,
): Response {
  return new BufferedResponse(status, headers, content) as unknown as Response
}

/**
 * The stream and the header list that a plain response is made with cost more than the whole request
 * on loopback, so they are made only when somebody asks for them.
 */
class BufferedResponse extends PlainResponse {
  readonly #headers: HeaderLines
  readonly #content: Buffer
  #list: Headers | undefined
  #streamed: Response | undefined
  #used = false

  constructor(status: number, headers: HeaderLines, content: Buffer) {
    super(null, { status })
    this.#headers = headers
    this.#content = content
  }

  get headers(): Headers {
    this.#list ??= new Headers(toPairs(this.#headers))
    return this.#list
  }

  get body(): Response['body'] {
    if (NO_BODY.has(this.status)) return null
    return this.#stream().body
  }

  get bodyUsed(): boolean {
    return this.#used || this.#streamed?.bodyUsed === true
  }

  json(): Promise<unknown> {
    return this.#take((content): unknown => {
      try {
        return parseJson(this.#textOf(content))
      } catch (error) {
        // Its own message quotes the body.
        if (error instanceof JsonProblem) throw new SyntaxError(`the body is ${error.message}`)
        throw error
      }
    })
  }

  text(): Promise<string> {
    return this.#take((content) => this.#textOf(content))
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#take((content) => new Uint8Array(content).buffer)
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#take((content) => new Uint8Array(content))
  }

  blob(): Promise<Blob> {
    const type = this.headers.get('content-type') ?? ''
    return this.#take((content) => new Blob([content], { type }))
  }

  formData(): Promise<FormData> {
    const { headers } = this
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- a Response has it; inherited, it would read an empty body
    return this.#take((content) => new Response(content, { headers }).formData())
  }

  clone(): Response {
    if (this.bodyUsed) throw new TypeError('the body was read already')
    return createBufferedResponse(this.status, this.#headers, this.#content)
  }

  #textOf(content: Buffer): string {
    const read = readText(content, firstHeader(this.#headers, 'content-type'))
    if ('text' in read) return read.text
    throw new TypeError(`the body is no text (${read.problem}): take its bytes()`)
  }

  #stream(): Response {
    this.#streamed ??= new Response(this.#content)
    return this.#streamed
  }

  async #take<T>(read: (content: Buffer) => T | Promise<T>): Promise<T> {
    if (this.bodyUsed) throw new TypeError('the body was read already')
    this.#used = true
    return await read(this.#content)
  }
}

function toPairs(headers: HeaderLines): [string, string][] {
  const pairs: [string, string][] = []
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OF_THE_TRANSFER.has(name)) continue
    for (const one of headerLines(headers, name)) pairs.push([name, one])
  }
  return pairs
}
