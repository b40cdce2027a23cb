import { CommanderError } from 'commander'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import { EXIT, exitCodeOf } from './frame/exit-codes.js'
import { nearestOf } from './frame/nearest.js'
import { printJson, printNotes } from './frame/print.js'
import { temporalOptions } from './temporal/temporal-options.js'
import { UsageError } from './frame/usage-error.js'

/** Whether a call asks for JSON, also where it could not be read. */
export function wantsJson(argv: readonly string[]): boolean {
  return / (?:-o|--output)[ =]?jsonl?(?: |$)/.test(` ${argv.join(' ')}`)
}

/** Tells a failure in one sentence on standard error, for machines on standard output too, and sets the exit code. */
export function report(error: unknown, json: boolean): void {
  if (error instanceof CommanderError && error.exitCode === 0) return
  const usage = error instanceof UsageError || error instanceof CommanderError
  const known = error instanceof TokenkeeperError ? error.code : undefined
  process.exitCode = usage ? EXIT.usage : exitCodeOf(known ?? 'Failed')
  // Called without a command: the help stands there already.
  if (error instanceof CommanderError && error.code === 'commander.help') return
  const message = reportedMessage(error)
  printNotes([{ text: 'tokenkeeper: ', style: 'bad' }, message])
  const code = known ?? (usage ? 'Usage' : 'Failed')
  if (json) printJson({ error: { code, message, exitCode: process.exitCode } })
}

/** Options that somebody might give a secret by. */
const LIKE_SECRETS = /key|secret|token|password|passwd|credential/i

function reportedMessage(error: unknown): string {
  if (!(error instanceof CommanderError))
    return error instanceof Error ? inCommands(error.message) : 'failed'
  // Commander quotes what it does not know; after `=` it may be a secret, which is never an argument.
  const text = error.message.replace(/^error: /, '').replace(/=[^\n]*?'/, "=…'")
  const sentences = text.split('\n').map((line) => line.trim().replace(/^\(|[.)]+$/g, ''))
  const told = sentences
    .filter((line) => line !== '')
    .map((line) => (line.endsWith('?') ? line : `${line}.`))
    .join(' ')
  const isSecret =
    error.code === 'commander.excessArguments' ||
    (error.code === 'commander.unknownOption' && LIKE_SECRETS.test(text))
  const secrets = ' A secret is never an argument: --stdin, --field NAME or --reference.'
  return `${told}${suggestion(text)} Look at tokenkeeper --help.${isSecret ? secrets : ''}`
}

/** Commander suggests nothing for words of a list, nor for options that its help does not show. */
function suggestion(text: string): string {
  if (text.includes('Did you mean')) return ''
  const [, option] = /^unknown option '(--[^'=]+)/.exec(text) ?? []
  if (option !== undefined)
    return nearestOf(
      option,
      temporalOptions().flatMap(({ long }) => long ?? []),
    )
  const [, word, words] =
    /argument '([^']*)' is invalid\. Allowed choices are (.*)\.$/.exec(text) ?? []
  return word === undefined || words === undefined ? '' : nearestOf(word, words.split(', '))
}

/** The library names its calls; here there are commands. */
function inCommands(message: string): string {
  return message
    .replace(/ \(in code [\w.]+(?:, as a signal [\w.-]+)?\)| \(as a signal [\w.-]+\)/g, '')
    .replace(
      /TokenkeeperClient\.connect\('([^']+)', '([^']+)', …\)/g,
      '`tokenkeeper connect $1/$2`',
    )
    .replace(/ \(createKeeperWorker\)/g, ' (`tokenkeeper worker`)')
    .replace(/TokenkeeperClient\.connect\b/g, '`tokenkeeper connect`')
    .replace(/ \(TokenkeeperClient\.beginAuthorization\)/g, '')
    .replace(/status\(\) and story\(\)/g, '`tokenkeeper status` and `tokenkeeper story`')
    .replace(/give TokenkeeperClient the publicKey that/g, 'give --public-key the line that')
}
