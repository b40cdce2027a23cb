import { CommanderError } from 'commander'
import { TokenkeeperError } from '../client/tokenkeeper-error.js'
import { printJson, tellLines } from './print.js'
import { EXIT, UsageError } from './usage-error.js'

/** Tells a failure in one sentence on standard error, for machines on standard output too, and sets the exit code. */
export function report(error: unknown, json: boolean): void {
  if (error instanceof CommanderError && error.exitCode === 0) return
  const usage = error instanceof UsageError || error instanceof CommanderError
  process.exitCode = usage ? EXIT.usage : EXIT.failed
  const message = messageOf(error)
  tellLines(`tokenkeeper: ${message}`)
  const code = error instanceof TokenkeeperError ? error.code : usage ? 'Usage' : 'Failed'
  if (json) printJson({ error: { code, message } })
}

function messageOf(error: unknown): string {
  if (!(error instanceof CommanderError)) return error instanceof Error ? error.message : 'failed'
  // Commander quotes what it does not know; after `=` it may be a secret, which is never an argument.
  const text = error.message.replace(/^error: /, '').replace(/=[^\n]*?'/, "=…'")
  return `${(text.split('\n')[0] ?? '').replace(/\.$/, '')}. Look at tokenkeeper --help; secrets are never arguments.`
}
