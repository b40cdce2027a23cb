import { writeFile } from 'node:fs/promises'
import { cliPage } from './cli-page.js'
import { logEventsPage } from './log-events-page.js'
import { metricsPage } from './metrics-page.js'
import { optionsPage } from './options-page.js'
import { tracesPage } from './traces-page.js'

const folder = new URL('../../docs/reference/', import.meta.url)
await writeFile(new URL('cli.md', folder), cliPage())
await writeFile(new URL('log-events.md', folder), logEventsPage())
await writeFile(new URL('metrics.md', folder), metricsPage())
await writeFile(new URL('options.md', folder), optionsPage())
await writeFile(new URL('traces.md', folder), tracesPage())
