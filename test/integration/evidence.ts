import { inspect } from 'node:util'
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker'
import { withoutUndefined } from '../../src/contract/plain-data.js'
import { prometheusMetrics } from '../../src/worker/prometheus-metrics.js'

/** Everything that left this process in words: searched for canary secrets at the end of each stage. */
const lines: string[] = []

const { TEST_METRICS_ADDRESS: address } = process.env
const metrics = address === undefined ? undefined : prometheusMetrics(address)

Runtime.install({
  logger: new DefaultLogger('DEBUG', (entry: LogEntry) => {
    lines.push(`${entry.level} ${entry.message} ${asText(entry.meta ?? {})}`)
  }),
  telemetryOptions: {
    logging: { forward: {}, filter: { core: 'INFO', other: 'INFO' } },
    ...withoutUndefined({ metrics }),
  },
})

/** Options of a worker may hold objects of plugins, which lead back to themselves. */
function asText(meta: object): string {
  try {
    return JSON.stringify(meta)
  } catch {
    return inspect(meta, { depth: 8, maxStringLength: Infinity })
  }
}

/** Keeps an error as a user would see it: message, stack and all fields. */
export function keepError(error: unknown): unknown {
  if (error instanceof Error)
    lines.push(`${error.stack ?? ''} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`)
  return error
}

export function keepText(text: string): void {
  lines.push(text)
}

export function evidence(): string {
  return lines.join('\n')
}

/** The forms in which a secret could stand somewhere. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    // Inside longer base64 a text starts at one of three offsets; its middle looks the same each time.
    ...[0, 1, 2].map((offset) => {
      const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
      return encoded.slice(offset === 0 ? 0 : 4, -4)
    }),
    bytes.toString('base64url').slice(0, -2),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]
}

/** Secrets that must not be seen anywhere, each with a name; several may have the same one. */
export type Canaries = Iterable<readonly [name: string, secret: string]>

/** The secrets that stand in a text in any form; by name, so that the report repeats none. */
export function findLeaks(text: string, canaries: Canaries): readonly string[] {
  const decoded = decodePayloads(text)
  return [...canaries]
    .filter(([, secret]) =>
      formsOf(secret).some((form) => text.includes(form) || decoded.includes(form)),
    )
    .map(([name]) => name)
}

/** Histories carry payloads in base64; what stands in them is read as well. */
function decodePayloads(text: string): string {
  return [...text.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)]
    .map((match) => Buffer.from(match[1] ?? '', 'base64').toString('utf8'))
    .join('\n')
}
