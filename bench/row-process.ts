import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { Measured } from './statistics.js'

process.once('disconnect', () => process.exit(0))
Runtime.install({ logger: new DefaultLogger('ERROR') })

/** Measures one row in a process of its own; the figures go to the process that started it. */
const row = process.argv[2] ?? ''
const { measure } = (await import(`./rows/${row}.js`)) as {
  readonly measure: () => Promise<Measured>
}
process.send?.(await measure())
