import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** `tokenkeeper completion`: prints what makes a shell complete the words of this program. */
export function completion(shell: Shell, program: Command): void {
  // As it is: lines for people would be cut and escaped.
  process.stdout.write(completionScript(shell, describeWords(program)))
}

/** One command as a shell completes it. */
export interface CommandWords {
  /** `sync start`, with the commands above it. */
  readonly path: string
  readonly description: string
  readonly options: readonly OptionWords[]
  /** The words that its arguments take, where they are known. */
  readonly choices: readonly string[]
}

interface OptionWords {
  /** `--address`. */
  readonly flag: string
  readonly description: string
  /** The words that it takes, where they are known. */
  readonly choices: readonly string[]
  readonly takesValue: boolean
}

/** What there is to complete, as the program itself knows it. */
export function describeWords(program: Command): readonly CommandWords[] {
  const words: CommandWords[] = []
  const visit = (command: Command, path: string): void => {
    words.push({
      path,
      description: firstSentence(command.description()),
      options: optionWordsOf(command),
      choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    })
    for (const below of command.commands) visit(below, `${path} ${below.name()}`.trim())
  }
  visit(program, '')
  return words
}

function optionWordsOf(command: Command): readonly OptionWords[] {
  const options = command.options.map(
    ({ long, short, description, argChoices, required, optional }) => ({
      flag: long ?? short ?? '',
      description: firstSentence(description),
      choices: argChoices ?? [],
      takesValue: required || optional,
    }),
  )
  return [
    ...options,
    { flag: '--help', description: 'display help', choices: [], takesValue: false },
  ]
}

function firstSentence(text: string): string {
  return text.split('\n')[0]?.replaceAll(/[^\p{L}\p{N} .,;:<>[\]()/=_-]/gu, '') ?? ''
}

export function completionScript(shell: Shell, words: readonly CommandWords[]): string {
  if (shell === 'bash') return bashScript(words)
  return shell === 'zsh' ? zshScript(words) : fishScript(words)
}

/** What may follow a command: the commands below it, and its options. */
function nextWords(
  words: readonly CommandWords[],
  { path, options, choices }: CommandWords,
): readonly string[] {
  return [...below(words, path).map(lastWord), ...choices, ...options.map(({ flag }) => flag)]
}

function below(words: readonly CommandWords[], path: string): readonly CommandWords[] {
  const depth = path === '' ? 0 : path.split(' ').length
  return words.filter(
    (one) =>
      one.path !== path &&
      one.path.startsWith(path === '' ? '' : `${path} `) &&
      one.path.split(' ').length === depth + 1,
  )
}

function lastWord({ path }: CommandWords): string {
  return path.split(' ').at(-1) ?? ''
}

/** The words before the cursor that are commands make the path; `--option value` is passed over. */
function bashScript(words: readonly CommandWords[]): string {
  const paths = words.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`)
  const cases = words.map(
    (one) => `    '${one.path}') words='${nextWords(words, one).join(' ')}' ;;`,
  )
  return `# bash completion of tokenkeeper. Put it where the shell reads it:
#   tokenkeeper completion bash > ~/.local/share/bash-completion/completions/tokenkeeper
_tokenkeeper() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.join('|')}) path="$next" ;;
    esac
  done
  case "$path $previous" in
${choiceCases(words)
  .map(
    ({ path, flag, choices }) =>
      `    '${path} ${flag}') COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`,
  )
  .join('\n')}
  esac
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tokenkeeper tokenkeeper
`
}

function choiceCases(words: readonly CommandWords[]) {
  return words.flatMap(({ path, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => ({ path, flag, choices })),
  )
}

function zshScript(words: readonly CommandWords[]): string {
  const paths = words.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`)
  const cases = words.map((one) => {
    const lines = [
      ...below(words, one.path).map((next) => [lastWord(next), next.description] as const),
      ...one.choices.map((word) => [word, ''] as const),
      ...one.options.map(({ flag, description }) => [flag, description] as const),
    ].map(([word, description]) => `        '${word}:${description.replaceAll(':', '\\:')}'`)
    return `    '${one.path}')\n      offered=(\n${lines.join('\n')}\n      ) ;;`
  })
  return `#compdef tokenkeeper
# zsh completion of tokenkeeper. Put it into a folder of $fpath:
#   tokenkeeper completion zsh > ~/.zfunc/_tokenkeeper
_tokenkeeper() {
  local route='' next i
  local -a words_before=("\${words[@]:1:$((CURRENT - 2))}") choices
  local previous="\${words[CURRENT-1]}"
  for i in "\${words_before[@]}"; do
    next="\${route:+$route }$i"
    case "$next" in
      ${paths.join('|')}) route="$next" ;;
    esac
  done
  case "$route $previous" in
${choiceCases(words)
  .map(
    ({ path, flag, choices }) =>
      `    '${path} ${flag}') choices=(${choices.join(' ')}); compadd -a choices; return ;;`,
  )
  .join('\n')}
  esac
  local -a offered
  case "$route" in
${cases.join('\n')}
  esac
  _describe 'tokenkeeper' offered
  _files
}
if [ "$funcstack[1]" = "_tokenkeeper" ]; then _tokenkeeper "$@"; else compdef _tokenkeeper tokenkeeper; fi
`
}

function fishScript(words: readonly CommandWords[]): string {
  const top = words.filter(({ path }) => path !== '' && !path.includes(' ')).map(({ path }) => path)
  const lines = words.flatMap((one) => {
    const condition = conditionOf(one.path, top)
    return [
      ...below(words, one.path).map(
        (next) =>
          `complete -c tokenkeeper -f -n '${condition}' -a '${lastWord(next)}' -d '${next.description}'`,
      ),
      ...one.choices.map((word) => `complete -c tokenkeeper -f -n '${condition}' -a '${word}'`),
      ...one.options.map(({ flag, description, choices, takesValue }) => {
        const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : ''
        return `complete -c tokenkeeper -n '${condition}' -l '${flag.replace(/^--/, '')}'${value} -d '${description}'`
      }),
    ]
  })
  return `# fish completion of tokenkeeper:
#   tokenkeeper completion fish > ~/.config/fish/completions/tokenkeeper.fish
${lines.join('\n')}
`
}

function conditionOf(path: string, top: readonly string[]): string {
  if (path === '') return `not __fish_seen_subcommand_from ${top.join(' ')}`
  return path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ')
}
