import { readFileSync } from 'node:fs'
import { exportedName } from '../../src/contract/measure.js'
import { type MetricName, METRICS } from '../../src/contract/metrics.js'

const SUFFIXES = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_seconds_bucket', '_seconds_sum', '_seconds_count'],
} as const
/** What the SDK and Prometheus add. */
const ADDED = ['namespace', 'taskQueue', 'workflowType', 'instance', 'job', 'le']

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[]

/** As Prometheus stores them, with the labels that each may have. */
export const SERIES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  METRIC_NAMES.flatMap((name) =>
    SUFFIXES[METRICS[name].kind].map((suffix): [string, ReadonlySet<string>] => [
      `${exportedName(name)}${suffix}`,
      new Set([...Object.keys(METRICS[name].labels), ...ADDED]),
    ]),
  ),
)

export function observabilityFile(name: string): string {
  return readFileSync(new URL(`../../observability/${name}`, import.meta.url), 'utf8')
}

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

/** The queries of the dashboard, with its variables filled in. */
export function dashboardQueries(): readonly { readonly title: string; readonly expr: string }[] {
  const { panels } = JSON.parse(observabilityFile('grafana-dashboard.json')) as {
    readonly panels: readonly Panel[]
  }
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr
        .replaceAll(/\$(namespace|connector)\b/g, '.*')
        .replaceAll('$__rate_interval', '1m'),
    })),
  )
}
