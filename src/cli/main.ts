#!/usr/bin/env node
import { exitInterrupted } from './interrupt.js'
import { createProgram } from './program.js'
import { report } from './report.js'

process.once('SIGINT', exitInterrupted)

try {
  await createProgram().parseAsync()
} catch (error) {
  report(error, process.argv.includes('--json'))
}
