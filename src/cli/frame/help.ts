import type { Command } from 'commander'
import { EXIT_MEANINGS } from './exit-codes.js'

/** A line to type, and what for. */
export type Example = readonly [line: string, what: string]

/** Examples below a command's options. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length))
  const wide = examples.some(([, what]) => width + what.length > 74)
  const lines = examples.map(([line, what]) =>
    wide ? `  # ${what}\n  ${line}` : `  ${line.padEnd(width)}  # ${what}`,
  )
  const asksTemporal = command.options.some(({ long }) => long === '--address')
  const further = asksTemporal
    ? "\n\nTemporal's address, TLS, payload codec …: tokenkeeper options"
    : ''
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}${further}`)
}

/** What stands below the list of all commands. */
export function programHelp(): string {
  const codes = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`)
  return `
Examples:
  tokenkeeper connect shopify/acme   # connect an account, in a browser
  tokenkeeper status                 # how all are; 1 where one needs a person
  tokenkeeper status --help          # the options of a command, with examples

Temporal's address, namespace, TLS, API key, payload codec: tokenkeeper options
A secret is never an argument.

Exit codes:
${codes.join('\n')}`
}
