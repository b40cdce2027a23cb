import { CommanderError } from 'commander'
import { TokenkeeperError } from '../client/tokenkeeper-error.js'
import { printJson, printNotes } from './print.js'
import { EXIT, UsageError } from './usage-error.js'

/** Tells a failure in one sentence on standard error, for machines on standard output too, and sets the exit code. */
export function report(error: unknown, json: boolean): void {
  if (error instanceof CommanderError && error.exitCode === 0) return
  const usage = error instanceof UsageError || error instanceof CommanderError
  process.exitCode = usage ? EXIT.usage : EXIT.failed
  // Called without a command: the help stands there already.
  if (error instanceof CommanderError && error.code === 'commander.help') return
  const message = reportedMessage(error)
  printNotes(`tokenkeeper: ${message}`)
  const code = error instanceof TokenkeeperError ? error.code : usage ? 'Usage' : 'Failed'
  if (json) printJson({ error: { code, message } })
}

function reportedMessage(error: unknown): string {
  if (!(error instanceof CommanderError))
    return error instanceof Error ? inCommands(error.message) : 'failed'
  // Commander quotes what it does not know; after `=` it may be a secret, which is never an argument.
  const text = error.message.replace(/^error: /, '').replace(/=[^\n]*?'/, "=…'")
  const sentences = text.split('\n').map((line) => line.trim().replace(/^\(|[.)]+$/g, ''))
  const isOption = error.code === 'commander.unknownOption'
  return `${sentences.filter((line) => line !== '').join('. ')}. Look at tokenkeeper --help${isOption ? '; secrets are never arguments' : ''}.`
}

/** The library names its calls; here there are commands. */
function inCommands(message: string): string {
  return message
    .replace(
      /TokenkeeperClient\.connect\('([^']+)', '([^']+)', …\)/g,
      '`tokenkeeper connect $1/$2`',
    )
    .replace(/TokenkeeperClient\.connect\b/g, '`tokenkeeper connect`')
    .replace(/ \(TokenkeeperClient\.beginAuthorization\)/g, '')
    .replace(/status\(\) and story\(\)/g, '`tokenkeeper status`')
    .replace(/give TokenkeeperClient the publicKey that/g, 'give --public-key the line that')
}
