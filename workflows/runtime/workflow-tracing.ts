import { type Tracer, Tracing } from '../../src/contract/tracing.js'

/** What `@opentelemetry/api` 1.x keeps on the global object. */
interface RegisteredApis {
  readonly trace?: { readonly getTracer: (name: string) => Tracer } | undefined
}

/**
 * Makes spans by the tracer that OpenTelemetry's workflow interceptors have registered, and none where there are no such
 * interceptors. It is found where copies of `@opentelemetry/api` find each other (its `internal/global-utils`), so that
 * workflow bundles need no package of OpenTelemetry. Spans leave through the interceptors' sink, never into the history.
 */
export function workflowTracing(): Tracing {
  const scope = globalThis as unknown as Record<symbol, RegisteredApis | undefined>
  return new Tracing(scope[Symbol.for('opentelemetry.js.api.1')]?.trace?.getTracer('tokenkeeper'))
}
