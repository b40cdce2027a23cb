import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Secret } from '../../sealing/secret.js'
import { EXIT } from './exit-codes.js'
import { UsageError } from './usage-error.js'

/**
 * Asks for a secret on the terminal; nothing of it is shown, and it is in no history of the terminal.
 * @throws UsageError where standard input is no terminal; Error where nothing was typed
 */
export async function promptSecret(what: string): Promise<Secret> {
  if (!process.stdin.isTTY)
    throw new UsageError(`There is no terminal to ask for ${what}: pipe it in and give --stdin.`)
  const text = await askTerminal(`${what} (not shown): `, false)
  if (text === '') throw new Error(`Nothing was typed for ${what}; nothing was changed.`)
  return new Secret(text)
}

/** Without a terminal nobody can be asked; this is checked before anything else. @throws UsageError */
export function needAnswer({ yes }: { readonly yes?: true | undefined }): void {
  if (yes !== true && !process.stdin.isTTY)
    throw new UsageError('There is no terminal to ask: give --yes if you are sure.')
}

/** Asks a question whose answer is shown; anything but yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  needAnswer({})
  return /^y(?:es)?$/i.test((await askTerminal(`${question} [y/N] `, true)).trim())
}

async function askTerminal(prompt: string, shown: boolean): Promise<string> {
  let quiet = false
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!quiet) process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  try {
    return await new Promise<string>((resolve) => {
      // readline has the terminal in raw mode: Ctrl-C comes as a key, and closing gives the terminal back.
      lines.once('SIGINT', () => {
        lines.close()
        process.stderr.write('\n')
        process.exit(EXIT.interrupted)
      })
      lines.once('close', () => resolve(''))
      lines.question(prompt, resolve)
      quiet = !shown
    })
  } finally {
    lines.close()
    if (!shown) process.stderr.write('\n')
  }
}
