import type { TelemetryOptions } from '@temporalio/worker'

type PrometheusOptions = Extract<
  NonNullable<TelemetryOptions['metrics']>,
  { readonly prometheus: unknown }
>

/** In seconds: from a quick answer of an API to a flow that is parked for a night. */
const SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 28_800,
]

/**
 * Options for Temporal's runtime by which tokenkeeper's metrics, and Temporal's own, can be scraped by
 * Prometheus, with the names that the dashboard and the alert rules of `observability/` use:
 * `Runtime.install({ telemetryOptions: { metrics: prometheusMetrics('127.0.0.1:9464') } })`, before anything
 * else of Temporal is made. Whoever reaches the address reads the names of connectors and endpoints, and
 * nothing else of yours.
 * @param bindAddress host and port to listen on
 */
export function prometheusMetrics(bindAddress: string): PrometheusOptions {
  return {
    prometheus: {
      bindAddress,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: { tokenkeeper_: SECONDS },
    },
  }
}
