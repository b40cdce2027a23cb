import { failureCode } from './failure.js'
import { withoutUndefined } from './plain-data.js'
import { type SpanAttributes, type SpanName, SPANS } from './spans.js'

/** The part of a `Span` of `@opentelemetry/api` that is used. */
export interface TracerSpan {
  readonly setAttributes: (attributes: Readonly<Record<string, string | number>>) => unknown
  readonly setStatus: (status: { readonly code: 2 }) => unknown
  readonly spanContext: () => {
    readonly traceId: string
    readonly spanId: string
    readonly traceFlags: number
  }
  readonly end: () => void
}

/**
 * The part of a `Tracer` of `@opentelemetry/api` that is used, so that nobody needs that package who does not trace.
 * `trace.getTracer('tokenkeeper')` is one.
 */
export interface Tracer {
  readonly startActiveSpan: <Result>(
    name: string,
    options: {
      /** OpenTelemetry's `SpanKind`: internal or client. */
      readonly kind: 0 | 2
      readonly attributes: Readonly<Record<string, string | number>>
    },
    work: (span: TracerSpan) => Result,
  ) => Result
}

/** What work may say of the span that it is done in. */
export interface WorkSpan<Name extends SpanName> {
  readonly set: (attributes: SpanAttributes<Name>) => void
  /** The work has ended well, and what it did has failed: an answer of 500, a token that was not given. */
  readonly fail: (errorType: string | number) => void
  /** The header `traceparent` of W3C Trace Context; undefined where nothing is traced. */
  readonly traceparent: string | undefined
}

const KINDS = { internal: 0, client: 2 } as const
/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const ERROR = 2

const UNTRACED_SPAN: WorkSpan<SpanName> = {
  set: () => undefined,
  fail: () => undefined,
  traceparent: undefined,
}

/** Does work inside of spans. Without a tracer it only does the work. */
export class Tracing {
  readonly #tracer: Tracer | undefined

  constructor(tracer?: Tracer) {
    this.#tracer = tracer
  }

  /** Whether spans are made. */
  get isOn(): boolean {
    return this.#tracer !== undefined
  }

  /**
   * Does work in a span that ends with it. A failure that the work throws is noted by its code or name alone: what it
   * says, and the stack, stay where they are.
   */
  inSpan<Name extends SpanName, Result>(
    name: Name,
    attributes: SpanAttributes<Name>,
    work: (span: WorkSpan<Name>) => Promise<Result>,
  ): Promise<Result> {
    if (this.#tracer === undefined) return work(UNTRACED_SPAN)
    const options = { kind: KINDS[SPANS[name].kind], attributes: toAttributes(attributes) }
    return this.#tracer.startActiveSpan(name, options, async (span) => {
      const fail = (errorType: string | number): void => {
        span.setAttributes({ 'error.type': String(errorType) })
        span.setStatus({ code: ERROR })
      }
      const set = (more: SpanAttributes<Name>): void => {
        span.setAttributes(toAttributes(more))
      }
      try {
        return await work({ set, fail, traceparent: traceparentOf(span) })
      } catch (error) {
        fail(failureCode(error) ?? errorClassName(error))
        throw error
      } finally {
        span.end()
      }
    })
  }
}

/** A method of HTTP as OpenTelemetry names them: what users' own functions send may be anything. */
export function methodOf(method: string): string {
  return METHODS.has(method) ? method : '_OTHER'
}

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'QUERY',
])

function toAttributes(attributes: object): Readonly<Record<string, string | number>> {
  return withoutUndefined(attributes) as Readonly<Record<string, string | number>>
}

/** A class of errors: a name that somebody has put together from a text is none. */
function errorClassName(error: unknown): string {
  const name = error instanceof Error ? error.name : 'unknown'
  return /^[A-Z][A-Za-z]{1,60}$/.test(name) ? name : 'Error'
}

function traceparentOf(span: TracerSpan): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext()
  const isValid = /^(?!0+$)[\da-f]{32}$/.test(traceId) && /^(?!0+$)[\da-f]{16}$/.test(spanId)
  return isValid ? `00-${traceId}-${spanId}-0${traceFlags & 1}` : undefined
}
