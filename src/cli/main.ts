#!/usr/bin/env node
import { exitInterrupted } from './frame/interrupt.js'
import { createProgram } from './program.js'
import { report, wantsJson } from './report.js'

process.once('SIGINT', exitInterrupted)
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const program = createProgram()
try {
  // Called without a command it says what it can do, as `gh` and `temporal`.
  if (process.argv.length <= 2) program.outputHelp()
  else await program.parseAsync()
} catch (error) {
  report(error, wantsJson(process.argv))
}
