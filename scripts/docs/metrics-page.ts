import { exportedName } from '../../src/contract/measure.js'
import { type MetricName, METRICS } from '../../src/contract/metrics.js'

const INTRO = `# Metrics

What keeper workers and flow workers measure. Written by \`npm run docs:pages\`; a test holds it against the code.

Metrics leave by the runtime of each worker, beside [Temporal's own](https://docs.temporal.io/references/sdk-metrics): nothing is measured where
that exports nothing. Before anything else of Temporal is made:

\`\`\`ts
import { Runtime } from '@temporalio/worker'
import { prometheusMetrics } from 'tokenkeeper/worker'

Runtime.install({ telemetryOptions: { metrics: prometheusMetrics('127.0.0.1:9464') } })
\`\`\`

\`prometheusMetrics\` sets the suffixes that Prometheus expects, seconds in place of milliseconds, and buckets that fit. With
options of your own (\`otel: { url }\` for a collector) the suffixes may be missing, and buckets are those of the Temporal SDK:
set \`histogramBucketOverrides\` for \`tokenkeeper_\`. The SDK's exporter takes no dots, so \`tokenkeeper.token.requests\`
leaves as \`tokenkeeper_token_requests\`, to collectors too.

The dashboard and the alert rules in [\`observability/\`](../../observability/README.md) use these names, with and without suffixes.

Labels take few values: ids of connectors, names of endpoints, words of the lists below, tags that
the option \`metricsTags\` names. No account, no workflow id, no text of others is ever one. Every metric has \`namespace\`, \`taskQueue\` and, where workflows tell it, \`workflowType\` beside its own.

Gauges come from Temporal's visibility, counted by each keeper worker every minute (\`metricsInterval\`), less often where
a count takes long: it takes a fiftieth of the time at most. All keeper workers of a task queue tell the same numbers, so
take the highest: \`max by (connector, state) (tokenkeeper_connections)\`. They need the search attributes
(\`npx tokenkeeper setup\`).
`

const SUFFIXES = { counter: '_total', gauge: '', histogram: '_seconds' } as const

/** The page `docs/reference/metrics.md`, from the table that the code measures by. */
export function metricsPage(): string {
  return [INTRO, ...(Object.keys(METRICS) as MetricName[]).map(sectionOf)].join('\n')
}

function sectionOf(name: MetricName): string {
  const { kind, unit, labels, description } = METRICS[name]
  const lines = Object.entries<readonly string[] | string>(labels).map(([label, values]) => {
    const words = typeof values === 'string' ? values : values.map((word) => `\`${word}\``)
    return `- \`${label}\`: ${typeof words === 'string' ? words : words.join(', ')}`
  })
  return `## ${name}

${description} A ${kind}, in ${plural(unit.replaceAll(/[{}]/g, ''))}. In Prometheus: \`${exportedName(name)}${SUFFIXES[kind]}\`.

${lines.join('\n')}
`
}

function plural(unit: string): string {
  if (unit === 'seconds') return unit
  return unit.endsWith('y') ? `${unit.slice(0, -1)}ies` : `${unit}s`
}
