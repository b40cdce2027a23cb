import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { Measured, RowAnswer } from './statistics.js'

process.once('disconnect', () => process.exit(0))
Runtime.install({ logger: new DefaultLogger('ERROR') })

/** Measures rows in a process of their own; the figures of each go to the process that started it, in this order. */
for (const row of process.argv.slice(2)) {
  const { measure } = (await import(`./rows/${row}.js`)) as {
    readonly measure: () => Promise<Measured>
  }
  process.send?.(await measure().catch(toFailed))
}

/** The reason goes the same way as the figures: it belongs beside the row. */
function toFailed(error: unknown): RowAnswer {
  return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
