#!/usr/bin/env node
import { createProgram } from './program.js'
import { report } from './report.js'
import { EXIT } from './usage-error.js'

process.once('SIGINT', () => {
  process.stderr.write('tokenkeeper: interrupted\n')
  process.exit(EXIT.interrupted)
})

try {
  await createProgram().parseAsync()
} catch (error) {
  report(error, process.argv.includes('--json'))
}
