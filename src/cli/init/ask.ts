import { createInterface } from 'node:readline'
import { EXIT } from '../frame/exit-codes.js'

/** Asks on the terminal for something that is shown while it is typed; empty where nothing was. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, historySize: 0 })
  try {
    return await new Promise<string>((resolve) => {
      lines.once('SIGINT', () => {
        lines.close()
        process.exit(EXIT.interrupted)
      })
      lines.once('close', () => resolve(''))
      lines.question(question, (answer) => resolve(answer.trim()))
    })
  } finally {
    lines.close()
  }
}
