import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.js'

const INTRO = `# Command line

What \`npx tokenkeeper\` takes, as it says itself. Written by \`npm run docs:pages\`; a test holds it against the program.

A secret is never an argument. Where Temporal is, with TLS and API key, comes from Temporal's own variables and configuration
file (\`TEMPORAL_ADDRESS\`, \`TEMPORAL_NAMESPACE\`, \`TEMPORAL_API_KEY\`, \`TEMPORAL_TLS…\`, \`TEMPORAL_PROFILE\`).

| exit code | means                                                             |
| --------- | ----------------------------------------------------------------- |
| 0         | done                                                              |
| 1         | failed                                                            |
| 2         | called wrongly                                                    |
| 3         | \`status\`: a connection is sick, and somebody has to do something |
| 130       | Ctrl-C                                                            |
`

/** The page `docs/reference/cli.md`, from the commands' own help. */
export function cliPage(): string {
  const program = createProgram()
  return [INTRO, helpOf(program), ...program.commands.map(helpOf)].join('\n')
}

function helpOf(command: Command): string {
  const name = command.parent === null ? 'tokenkeeper' : `tokenkeeper ${command.name()}`
  command.configureHelp({ helpWidth: 100 })
  return `## ${name}\n\n\`\`\`text\n${command.helpInformation().trim()}\n\`\`\`\n`
}
