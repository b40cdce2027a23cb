import type { Command } from 'commander'
import { EXIT_MEANINGS } from '../../src/cli/frame/exit-codes.js'
import { createProgram } from '../../src/cli/program.js'

const INTRO = `# Command line

What \`npx tokenkeeper\` takes, as it says itself. Written by \`npm run docs:pages\`; a test holds it against the program.
How to use it day by day: [operate connections](../how-to/operate-connections.md).

A secret is never an argument. Where Temporal is, with TLS, API key and payload codec, comes from options, from Temporal's own
variables or from its configuration file, in this order: [tokenkeeper options](#tokenkeeper-options).

## Output

| what           | on a terminal                                                | in a pipe or a file                                  |
| -------------- | ------------------------------------------------------------ | ---------------------------------------------------- |
| \`-o table\`     | fits the window; names that are too long are cut by \`…\`      | fits 80 columns, or \`COLUMNS\`; names are whole       |
| times          | \`in 41 min\`, \`3 h ago\`                                       | ISO 8601, UTC                                        |
| colours        | unless \`NO_COLOR\` is set                                     | never                                                |
| \`--watch\`      | drawn in place                                               | a line, or the lines, each time that something changed |
| long work      | a bar on standard error                                      | a line on standard error for each tenth              |
| \`-o json\`      | one document                                                 | one document                                         |
| \`-o jsonl\`     | a line of JSON for each thing                                | a line of JSON for each thing                        |

Answers go to standard output; questions, notes and failures to standard error. With \`-o json\` or \`jsonl\` a failure is also
\`{"error":{"code","message","exitCode"}}\` on standard output; codes are those of [errors](../errors.md). Texts of others
(names, messages of providers) never carry control characters, escapes or direction marks to a terminal.

## Exit codes

| code | means |
| ---- | ----- |
${EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}
`

/** The page `docs/reference/cli.md`, from the commands' own help. */
export function cliPage(): string {
  const program = createProgram()
  return [INTRO, helpOf(program), ...program.commands.flatMap(helpsOf)].join('\n')
}

/** Of a command, and of those below it. */
function helpsOf(command: Command): readonly string[] {
  return [helpOf(command), ...command.commands.flatMap(helpsOf)]
}

function helpOf(command: Command): string {
  const chunks: string[] = []
  command.configureHelp({ helpWidth: 100 }).configureOutput({
    writeOut: (text) => void chunks.push(text),
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return `## ${nameOf(command)}\n\n\`\`\`text\n${chunks.join('').trim()}\n\`\`\`\n`
}

function nameOf(command: Command): string {
  const { parent } = command
  return parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`
}
